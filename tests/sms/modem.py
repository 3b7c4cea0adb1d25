"""An AT modem on a pseudo-terminal: takes PDUs as a real one does, refuses or hangs when told to."""

from __future__ import annotations

import os
import re
import select
import threading
import tty
from dataclasses import dataclass, field
from pathlib import Path

_PLAIN = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED = {10: "\f", 20: "^", 40: "{", 41: "}", 47: "\\", 60: "[", 61: "~", 62: "]", 64: "|", 101: "€"}
_ANSWERS = {
    "AT+CGMI": "Vestibule",
    "AT+CGMM": "Modem",
    "AT+CGMR": "1.0",
    "AT+CGSN": "490154203237518",
    "AT+CIMI": "228010000000000",
    "AT+CSCA?": '+CSCA: "+41794999000",145',
    "AT+CPIN?": "+CPIN: READY",
    "AT+CREG?": "+CREG: 0,1",
    "AT+CGREG?": "+CGREG: 0,1",
    "AT+CSQ": "+CSQ: 20,99",
    "AT+CBC": "+CBC: 0,100",
    "AT+CSMS?": "+CSMS: 0,1,1,1",
    "AT+CMGF=?": "+CMGF: (0,1)",
    "AT+CPMS=?": '+CPMS: ("ME","SM"),("ME","SM"),("ME","SM")',
    "AT+CPMS?": '+CPMS: "SM",0,20,"SM",0,20,"SM",0,20',
    "AT+CSCS=?": '+CSCS: ("GSM","UCS2","HEX")',
    "AT+CSCS?": '+CSCS: "GSM"',
    "AT+CNMI=?": "+CNMI: (0,1,2),(0,1,2,3),(0,2),(0,1,2),(0,1)",
}


@dataclass(frozen=True)
class Part:
    """One SMS-SUBMIT as the network would get it; ``of`` parts of the same text share ``ref``."""

    number: str
    text: str
    alphabet: str
    ref: int = 0
    of: int = 1
    at: int = 1


@dataclass
class Modem:
    """``port`` is what a program opens. ``refuse`` is a +CMS ERROR to answer; ``hang``: no answer at all."""

    refuse: int = 0
    hang: bool = False
    parts: list[Part] = field(default_factory=list)
    refused: int = 0
    said: list[str] = field(default_factory=list)

    def __enter__(self) -> Modem:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = Path(os.ttyname(self._slave))
        self._over, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        os.close(self._stop)
        self._thread.join()
        for one in (self._over, self._master, self._slave):
            os.close(one)

    def _serve(self) -> None:
        held = ""
        awaits_pdu = False
        while self._master in select.select([self._master, self._over], [], [])[0]:
            held += os.read(self._master, 4096).decode("latin-1")
            while found := re.match(r"([^\r\x1a\x1b]*)([\r\x1a\x1b])\n?", held):
                held = held[found.end() :]
                if awaits_pdu:
                    awaits_pdu = False
                    if found[2] == "\x1a":
                        self._take(found[1])
                elif found[1].strip():
                    awaits_pdu = self._command(found[1].strip())

    def _command(self, line: str) -> bool:
        """Answer one command; True when its PDU comes next."""
        self.said.append(line)
        if line.startswith("AT+CMGS="):
            self._say(f"{line}\r\r\n> ")
            return True
        answer = "+CPMS: 0,20,0,20,0,20" if line.startswith('AT+CPMS="') else _ANSWERS.get(line)
        self._say(f"{line}\r\r\n" + (f"{answer}\r\n\r\n" if answer else "") + "OK\r\n")
        return False

    def _take(self, pdu: str) -> None:
        if self.hang:
            return
        if self.refuse:
            self.refused += 1
            self._say(f"\r\n+CMS ERROR: {self.refuse}\r\n")
            return
        self.parts.append(decoded(bytes.fromhex(pdu)))
        self._say(f"\r\n+CMGS: {len(self.parts)}\r\n\r\nOK\r\n")

    def _say(self, words: str) -> None:
        os.write(self._master, words.encode("latin-1"))


def decoded(pdu: bytes) -> Part:
    """An SMS-SUBMIT (3GPP TS 23.040 9.2.2.2) after its service centre's address."""
    pdu = pdu[1 + pdu[0] :]
    first, digits = pdu[0], pdu[2]
    octets = (digits + 1) // 2
    swapped = "".join(f"{octet & 15:x}{octet >> 4:x}" for octet in pdu[4 : 4 + octets])
    number = ("+" if pdu[3] == 0x91 else "") + swapped[:digits]
    rest = pdu[4 + octets :]
    coding = rest[1]
    validity = {0: 0, 1: 7, 2: 1, 3: 7}[first >> 3 & 3]
    length, data = rest[2 + validity], rest[3 + validity :]
    header = data[: data[0] + 1] if first & 0x40 else b""
    ref, of, at = (header[3], header[4], header[5]) if header else (0, 1, 1)
    if coding & 0x0C == 8:
        return Part(number, data[len(header) : length].decode("utf-16-be"), "ucs2", ref, of, at)
    skipped = (len(header) * 8 + 6) // 7
    return Part(number, _letters(_septets(data, length)[skipped:]), "gsm7", ref, of, at)


def _septets(data: bytes, count: int) -> list[int]:
    bits = int.from_bytes(data, "little")
    return [bits >> 7 * place & 127 for place in range(count)]


def _letters(septets: list[int]) -> str:
    text, escaped = "", False
    for septet in septets:
        if escaped:
            text += _ESCAPED[septet]
        elif septet != 27:
            text += _PLAIN[septet]
        escaped = not escaped and septet == 27
    return text
