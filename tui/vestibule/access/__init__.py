"""The rules. No HTTP and no widgets: functions take an open transaction and plain values."""
