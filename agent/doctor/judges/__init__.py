"""Facts to findings. Pure: nothing here touches a network, a disk or a clock."""
