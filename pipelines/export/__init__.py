"""What leaves the house: the evaluator's workbook with its CSV files, and the quality report as one HTML page."""

from pipelines.export.period import export_period
from pipelines.export.quality import quality_report

__all__ = ["export_period", "quality_report"]
