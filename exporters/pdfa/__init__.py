"""PDF/A-3: the carrier of a hybrid invoice. Repair of a supplier's PDF, an own readable page, XMP, attachments, and the gate.

``srgb.icc`` was made with Little CMS from the sRGB primaries (IEC 61966-2-1), creation date set to 2026-01-01.
"""
