"""The workbook that a deliverer fills in, derived from a contract or from a source of a city."""

from pipelines.template.headings import Heading, of_contract, of_source
from pipelines.template.mapping import mapping_of
from pipelines.template.workbook import write_template

__all__ = ["Heading", "mapping_of", "of_contract", "of_source", "write_template"]
