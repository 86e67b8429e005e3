"""The canonical records. To add one: a module here, its name in the list below, and the models that use it."""

from __future__ import annotations

from pipelines.contracts import (
    adjustments,
    bonds,
    calendar,
    callbacks,
    case_events,
    case_suspensions,
    case_tasks,
    cases,
    categories,
    evidence,
    exposures,
    findings,
    inspection_scores,
    operations,
    peer_groups,
    places,
    planned_stops,
    positions,
    reported_counts,
    responses,
    samples,
    service_contracts,
    stage_limits,
    targets,
    units,
    work_intervals,
)
from pipelines.contracts.base import Column, Contract, Personal, Type

CONTRACTS: dict[str, Contract] = {
    module.CONTRACT.name: module.CONTRACT
    for module in (
        cases,
        case_events,
        case_tasks,
        case_suspensions,
        callbacks,
        operations,
        positions,
        planned_stops,
        findings,
        inspection_scores,
        samples,
        responses,
        exposures,
        reported_counts,
        targets,
        evidence,
        adjustments,
        service_contracts,
        bonds,
        units,
        peer_groups,
        categories,
        stage_limits,
        calendar,
        work_intervals,
        places,
    )
}
DELIVERED = {name: contract for name, contract in CONTRACTS.items() if not contract.is_reference}
REFERENCE = {name: contract for name, contract in CONTRACTS.items() if contract.is_reference}

__all__ = ["CONTRACTS", "DELIVERED", "REFERENCE", "Column", "Contract", "Personal", "Type"]
