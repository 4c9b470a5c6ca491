"""What it is worth: present value, break-even and ratios, per payer and group."""
