-- One row per month, scheme, contractor and contract: what the score pays of the monthly fee.
with $units
select
    m.month, s.period, $named{s.scheme} as scheme, s.unit_code, u.unit_name, u.kind, u.district_code, s.reference as contract_id,
    cast(s.base_yuan as double) as base_yuan, cast(s.share as double) as share, cast(s.deducted_yuan as double) as deducted_yuan,
    cast(s.yuan as double) as yuan, s.reason_$lang as pay_reason
from mart_settlements as s
inner join months as m on s.period = m.period
inner join units as u on s.unit_code = u.unit_code
where s.kind = 'payment'
