"""Words of both languages: segmentation, stems, numerals, sounds, typing errors."""
