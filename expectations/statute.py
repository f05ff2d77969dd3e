"""The shape of every rule table: columns, types, keys, and which of them a company may write.

Belongs here: column names, types and allowed words. One line a column: name, type, then flags
(`key` part of the unique key, `required` may not be blank).
Never here: rows. Which metric, function or department exists is data, in seeds and company tables.
"""

from __future__ import annotations

from dataclasses import dataclass

_NAMES = """
    name_en text
    name_zh text
    name_es text
    name_ko text
"""

_SHAPES: dict[str, str] = {
    "department_kinds": f"department_kind id key {_NAMES} is_declarable bool required",
    "class_rules": """
        class id key
        department_kind id key
    """,
    "functions": f"""
        function id key
        parent id
        {_NAMES}
        described_by text required
    """,
    "metrics": f"""
        metric id key
        code text
        class id required
        function id required
        unit text required
        grain text
        aggregation aggregation required
        direction choice:up|down
        null_policy choice:absent_is_missing|absent_is_zero
        horizon choice:short|long
        lands_in_product_data bool
        surface choice:media|product
        feed choice:reach|followers|retention|conversion
        measure text
        numerator id
        denominator id
        multiplier number
        lowest number
        highest number
        definition_version whole
        valid_from day
        valid_to day
        {_NAMES}
        description text
    """,
    "departments": f"""
        profile profile key
        department id key
        kind id required
        centre text
        reports_to id
        valid_from day key
        valid_to day
        {_NAMES}
    """,
    "ownership": """
        profile profile required
        function id required
        department id required
        role choice:accountable|contributor required
        share share
        valid_from day
        valid_to day
        reason text
        approved_by text
    """,
    "brands": f"""
        brand text key
        parent text
        kind choice:single|main|sub|multiple|mixed
        {_NAMES}
    """,
    "accounts": f"""
        account_id account key
        platform text required
        kind text
        brand text
        surface choice:media|product required
        time_zone zone
        currency currency
        valid_from day
        valid_to day
        {_NAMES}
    """,
    "channels": """
        priority whole
        source pattern
        medium pattern
        campaign pattern
        channel text required
        function id
        is_direct bool
        is_paid bool
    """,
    "attribution_models": """
        model id key
        family choice:first|last|last_non_direct|linear|position|time_decay|markov|shapley|counterfactual required
        look_back_days whole
        half_life_days number
        first_share share
        last_share share
        markov_order whole
        journey_resets bool
        collapse_repeats bool
    """,
    "targets": """
        profile profile key
        department id key
        metric id key
        period_kind choice:day|week|month|quarter key
        period_start day key
        target number required
    """,
    "fx_rates": """
        day day key
        currency currency key
        rate rate required
    """,
    "rate_rules": """
        rule id key
        value number required
    """,
    "event_rules": """
        event text key
        measure text required
        conversion_type id
    """,
    "freshness_rules": """
        feed choice:reach|followers|retention|conversion key
        least_deliveries whole required
        usual_share share required
        grace_days whole
        channel_least_days whole
        channel_pauses whole
    """,
    "bridge_metrics": """
        metric id key
        role choice:awareness|outcome key
    """,
    "bridge_rules": """
        rule id key
        value number required
    """,
    "mix_metrics": """
        metric id key
        part choice:media|media_spend|organic_media|kpi|money required
    """,
    "experiments": """
        experiment id key
        kind choice:on_off|geo required
        awareness_metric id required
        outcome_metric id required
        dimension choice:account|campaign|member required
        treated text required
        control text
        starts_on day required
        ends_on day required
    """,
    "anomaly_rules": """
        kind id key
        applies_to choice:money|additive|stock|unique|ratio|duration|lifetime|index key
        policy choice:hold|warn required
        least_score number required
        least_ratio number required
        sustained_days whole required
        recent_days whole required
        most_scatter number
        least_history_days whole
    """,
    "unit_factors": """
        factor number key
        policy choice:hold|warn required
        reason text required
    """,
    "acknowledged": """
        metric id key
        account_id account key
        day day key
        kind id key
        reason text required
        approved_by text required
    """,
    "network_overlap": """
        platform_a text key
        platform_b text key
        note text required
    """,
    "response_rules": """
        clock id key
        kind choice:mention|decision|crisis required
        step choice:answered|closed|approved|executed required
        target_minutes number
        fast_minutes number
        slow_minutes number
        overdue_minutes number
        ends_when_closed bool required
        note text required
    """,
    "missing_reasons": """
        reason id key
        text_en text required
        text_zh text
        text_es text
        text_ko text
    """,
}

_TYPES = "text pattern id account profile day number whole share rate bool zone currency aggregation"

# What a company may write in its own folder; the others are the product's alone.
_WRITABLE = "metrics departments ownership brands accounts channels attribution_models targets fx_rates bridge_metrics experiments acknowledged"
COMPANY_TABLES = tuple(_WRITABLE.split())

# One vocabulary inside, three spellings accepted at the door: the catalogue's short forms are what people copy.
AGGREGATIONS = {
    "additive": "additive", "add": "additive", "life->add": "additive", "life→add": "additive",
    "stock": "stock", "snap": "stock",
    "unique": "unique", "uniq": "unique",
    "ratio": "ratio",
    "duration": "duration", "dist": "duration",
    "lifetime": "lifetime", "life": "lifetime",
    "index": "index", "idx": "index",
}  # fmt: skip

LANGUAGES = ("en", "zh", "es", "ko")

# ISO 4217, active codes of countries and unions. A list, because "RMB" and "YUAN" look right and are not.
_CURRENCIES = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY
    COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS
    INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP
    MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR
    SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND
    VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(_CURRENCIES.split())


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    choices: tuple[str, ...] = ()
    is_key: bool = False
    is_required: bool = False


@dataclass(frozen=True)
class Table:
    name: str
    columns: tuple[Column, ...]

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns if c.is_key)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)


def _read(name: str, shape: str) -> Table:
    columns: list[Column] = []
    words = shape.split()
    while words:
        column, type_ = words.pop(0), words.pop(0)
        choices: tuple[str, ...] = ()
        if type_.startswith("choice:"):
            type_, choices = "choice", tuple(type_.removeprefix("choice:").split("|"))
        elif type_ not in _TYPES.split():
            raise ValueError(f"{name}.{column}: no type {type_}")
        flags: set[str] = set()
        while words and words[0] in ("key", "required"):
            flags.add(words.pop(0))
        # A dated key may be blank (unbounded); every other part of a key must be there.
        required = "required" in flags or ("key" in flags and column != "valid_from")
        columns.append(Column(column, type_, choices, "key" in flags, required))
    return Table(name, tuple(columns))


TABLES: dict[str, Table] = {name: _read(name, shape) for name, shape in _SHAPES.items()}

# Not written by anybody: ownership as it speaks for every function, those included that take their owner from the function above.
OWNERS = _read(
    "owners",
    """
    ownership_rule text key
    profile profile key
    function id key
    through id required
    department id key
    role choice:accountable|contributor key
    share share
    valid_from day key
    valid_to day
    reason text
    approved_by text
    """,
)
