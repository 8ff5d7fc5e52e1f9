"""What the clock does and which days are worked: for administrators and knowledge managers."""
