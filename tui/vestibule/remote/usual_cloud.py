"""The clouds that this machine knows, for who looks for a site. Without a network."""

from __future__ import annotations

from vestibule import cloud_address
from vestibule.config import Folders, host_table
from vestibule.remote.cloud_book import CloudBook


def usual_cloud(folders: Folders, serial: str = "") -> str:
    """The address of the cloud that is most likely meant; empty when this machine knows none.

    The one at which the site with this ``serial`` is known, that of config.toml, or the last one learned.
    """
    known = CloudBook(folders).get(serial) if serial else None
    if known is not None:
        return known.cloud
    named = _of_this_host(folders)
    if named is not None:
        return named.url
    return next((each.cloud for each in reversed(CloudBook(folders).all())), "")


def _of_this_host(folders: Folders) -> cloud_address.CloudAddress | None:
    try:
        return cloud_address.load(host_table(folders, "cloud"))
    except ValueError:
        return None


def accepted_for(folders: Folders, cloud: str) -> str:
    """The fingerprint of the self-made certificate of ``cloud``; empty where none was accepted.

    By the person, or by whoever may write this host's config.toml.
    """
    named = _of_this_host(folders)
    return CloudBook(folders).pinned(cloud) or (named.fingerprint if named and named.url == cloud else "")
