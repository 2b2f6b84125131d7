"""Checks over rows, one per file, by code. A further check is its file and its line here."""

from __future__ import annotations

from typing import Final

from datatool.audit._context import Check
from datatool.audit.checks._all_synthetic import all_synthetic_class
from datatool.audit.checks._class_num_large import class_num_larger
from datatool.audit.checks._class_num_small import class_num_too_small
from datatool.audit.checks._conflict import conflicting_label
from datatool.audit.checks._content_conflict import content_conflict
from datatool.audit.checks._damaged import damaged_image
from datatool.audit.checks._duplicate import duplicate_row
from datatool.audit.checks._empty import empty
from datatool.audit.checks._extra_column import extra_column
from datatool.audit.checks._ids_gaps import ids_have_gaps
from datatool.audit.checks._ids_start import ids_start_above_zero
from datatool.audit.checks._imbalance import imbalance
from datatool.audit.checks._large_classifier import large_classifier
from datatool.audit.checks._leak import leak
from datatool.audit.checks._leak_pixels import leak_pixels
from datatool.audit.checks._line_faults import line_fault
from datatool.audit.checks._missing_file import missing_file
from datatool.audit.checks._names import labels_are_names
from datatool.audit.checks._near_duplicate import near_duplicate
from datatool.audit.checks._outside import outside_root
from datatool.audit.checks._swollen import swollen_by_synthetic
from datatool.audit.checks._synthetic_eval import synthetic_in_eval
from datatool.audit.checks._tail import tail_classes
from datatool.audit.checks._too_large import image_too_large
from datatool.audit.checks._unreadable import unreadable_image
from datatool.audit.checks._untidy import untidy
from datatool.audit.checks._unverifiable import all_synthetic_unverifiable
from datatool.audit.checks._without_train import class_without_train
from datatool.audit.checks._wrong_extension import wrong_extension

CHECKS: Final[dict[str, Check]] = {
    "E101": line_fault("E101"),
    "E102": line_fault("E102"),
    "E103": line_fault("E103"),
    "E104": line_fault("E104"),
    "E105": empty,
    "E106": line_fault("E106"),
    "E107": labels_are_names,
    "E108": outside_root,
    "I109": untidy,
    "W110": extra_column,
    "W201": ids_start_above_zero,
    "W202": ids_have_gaps,
    "E203": class_num_too_small,
    "I204": class_num_larger,
    "W205": large_classifier,
    "E301": conflicting_label,
    "W302": duplicate_row,
    "E401": missing_file,
    "E402": unreadable_image,
    "W403": damaged_image,
    "W404": wrong_extension,
    "E405": image_too_large,
    "E501": leak,
    "W502": leak_pixels,
    "W503": near_duplicate,
    "E504": content_conflict,
    "E505": class_without_train,
    "W601": swollen_by_synthetic,
    "I602": all_synthetic_class,
    "W603": all_synthetic_unverifiable,
    "E604": synthetic_in_eval,
    "W701": imbalance,
    "I702": tail_classes,
}

__all__ = ["CHECKS"]
