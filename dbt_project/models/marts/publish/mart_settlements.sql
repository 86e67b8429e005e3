select
    s.period, s.scheme, h.title_zh as scheme_zh, s.scheme_version, s.unit_kind,
    s.unit_code, u.name_zh as unit_name,
    s.kind, s.reference, cast(s.monthly_fee_yuan as decimal(14, 2)) as monthly_fee_yuan, s.days_held, s.days_in_period, s.base_yuan, s.share, s.yuan, s.rewarded_yuan, s.forfeited_yuan, s.deducted_yuan, s.reason_zh, s.reason_en
from {{ ref('score_settlements') }} as s
inner join {{ ref('stg_schemes') }} as h on s.scheme = h.scheme and s.scheme_version = h.scheme_version
inner join {{ ref('dim_units') }} as u on s.unit_code = u.unit_code
