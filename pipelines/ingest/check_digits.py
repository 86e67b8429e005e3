"""Numbers that prove themselves by a check digit: identity numbers of the mainland and of Taiwan, bank cards."""

from __future__ import annotations

import polars as pl

# Whole runs only: a part of a longer number is no identity number, nor are the decimals of 1.234567890123456E+17. Cards
# may be written in groups of four.
CANDIDATE = r"\d\.\d+[eE]\+\d{2,3}|\d{4}(?:[ \-]\d{4}){3}(?:[ \-]?\d{1,3})?|\d{15,}[XxＸｘ]?|[A-Za-z]+\d{9,}"
_WIDE = [*"０１２３４５６７８９Ｘｘ－"]
_NARROW = [*"0123456789XX-"]
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
_CHECKS = "10X98765432"
_TAIWAN = "ABCDEFGHJKLMNPQRSTUVXYWZIO"  # letters in the order of their codes 10 to 35
_PROVINCE = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])"
MONTH_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"


def personal_numbers(texts: pl.Series) -> list[str]:
    """The distinct numbers in ``texts``, as written, that are identity or card numbers."""
    written = (
        texts.str.extract_all(CANDIDATE).explode(empty_as_null=False, keep_nulls=False).unique(maintain_order=True)
    )
    frame = pl.DataFrame({"written": written}).with_columns(
        pl.col("written").str.replace_many(_WIDE, _NARROW).str.to_uppercase().str.replace_all("[ -]", "").alias("n")
    )
    found = frame.filter(_is_identity() | _is_old_identity() | _is_card() | _is_taiwan())
    return found["written"].to_list()


def _digit(place: int) -> pl.Expr:
    return pl.col("n").str.slice(place, 1).cast(pl.Int64, strict=False).fill_null(0)


def _is_identity() -> pl.Expr:
    """18 places with a plausible date of birth and the check digit of GB 11643-1999 (ISO 7064 MOD 11-2)."""
    shape = pl.col("n").str.contains(rf"^[1-9]\d{{5}}(?:19|20)\d{{2}}{MONTH_DAY}\d{{3}}[\dX]$")
    total = pl.sum_horizontal(_digit(place) * weight for place, weight in enumerate(_WEIGHTS))
    right = (total % 11).replace_strict(list(range(11)), list(_CHECKS), return_dtype=pl.String)
    return shape & (pl.col("n").str.slice(17, 1) == right)


def _is_old_identity() -> pl.Expr:
    """15 places: province, two-digit year, month, day. Such numbers had no check digit."""
    return pl.col("n").str.contains(rf"^{_PROVINCE}\d{{4}}\d{{2}}{MONTH_DAY}\d{{3}}$")


def _is_card() -> pl.Expr:
    """15 to 19 places under the prefixes of card issuers, with the check digit of Luhn (ISO/IEC 7812-1)."""
    shape = pl.col("n").str.contains(r"^(?:62\d{14,17}|4\d{15}|5[1-5]\d{14}|3[47]\d{13}|35\d{14}|60\d{14,17})$")
    length = pl.col("n").str.len_chars().cast(pl.Int64)
    terms = []
    for place in range(19):
        doubled = _digit(place) * 2
        twice = pl.when(doubled > 9).then(doubled - 9).otherwise(doubled)
        terms.append(pl.when((length - place) % 2 == 0).then(twice).otherwise(_digit(place)))
    return shape & (pl.sum_horizontal(terms) % 10 == 0)


def _is_taiwan() -> pl.Expr:
    """A letter and nine digits, the first of them 1 or 2, with the check digit of the household registration."""
    shape = pl.col("n").str.contains(r"^[A-Z][12]\d{8}$")
    codes = (
        pl.col("n").str.slice(0, 1).replace_strict(list(_TAIWAN), list(range(10, 36)), default=0, return_dtype=pl.Int64)
    )
    total = codes // 10 + (codes % 10) * 9 + _digit(9)
    total += pl.sum_horizontal(_digit(place) * (9 - place) for place in range(1, 9))
    return shape & (total % 10 == 0)
