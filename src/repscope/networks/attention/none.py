"""No attention: what the others are compared with."""

from typing import TYPE_CHECKING, Any, ClassVar, final

from repscope.networks.attention._kind import AttentionKind

if TYPE_CHECKING:
    from collections.abc import Mapping


@final
class NoAttention(AttentionKind):
    """``attention="none"``."""

    summary = "no attention"
    reference = ""
    options: ClassVar["Mapping[str, Any]"] = {}

    def block(self, channels: int, **options: Any) -> None:
        """Nothing."""
        return


attention = NoAttention()
