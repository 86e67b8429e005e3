"""Which marts are frozen with a period and which only describe the present."""

# Rows belong to a period: frozen in its publication, provisional until then.
PERIOD_MARTS = (
    "mart_periods",
    "mart_counts",
    "mart_indicators",
    "mart_score_items",
    "mart_ranks",
    "mart_awards",
    "mart_consequences",
    "mart_settlements",
    "mart_case_proofs",
    "mart_turn_proofs",
    "mart_variant_proofs",
    "mart_operation_proofs",
    "mart_record_proofs",
    "mart_reported_counts",
    "mart_adjustment_effects",
    "mart_target_progress",
)
# The figures whose change makes a new version of a publication.
FIGURES = (
    "mart_counts",
    "mart_indicators",
    "mart_score_items",
    "mart_ranks",
    "mart_awards",
    "mart_consequences",
    "mart_settlements",
)
# Columns that compare a figure with those of other periods: when these move, the period's own figures have not.
COMPARISONS = {
    "mart_counts": (
        "previous_value",
        "previous_change_rate",
        "year_before_value",
        "year_before_change_rate",
        "year_to_date_value",
    ),
    "mart_indicators": (
        "previous_rate",
        "previous_change",
        "year_before_rate",
        "year_before_change",
        "year_to_date_numerator",
        "year_to_date_denominator",
        "year_to_date_rate",
    ),
}
# Columns that tell of the deliveries behind a figure: news of a feed is no news of the figure.
OF_DELIVERIES = {"mart_indicators": ("contract", "fresh_at", "rejected_rate")}
# Rows describe the state at the time of the release.
CURRENT_MARTS = (
    "mart_units",
    "mart_indicator_definitions",
    "mart_deliveries",
    "mart_rejects",
    "mart_checks",
    "mart_case_faults",
    "mart_adjustments",
)
