"""Ids that cannot be mistaken for one another."""

from typing import NewType

BrandId = NewType("BrandId", int)
CustomerId = NewType("CustomerId", int)
EventId = NewType("EventId", int)  # 63 bits of a hash of (source, message id): the same event is the same id everywhere
MessageId = NewType("MessageId", int)
SegmentKey = NewType("SegmentKey", str)
PlaybookKey = NewType("PlaybookKey", str)
AudienceKey = NewType("AudienceKey", str)
WATCHED = "when:"  # how the keys of rules begin that playbooks wait to become true: segments that nobody sees
