"""Masks of free text: what is personal becomes ``***``. Patterns by subject, each behind a cheap gate.

Rust's expressions know no look-around, so a pattern that needs room beside it takes its neighbours as groups and puts
them back; it is applied twice, since two numbers may share the character between them. Numbers with a check digit are
judged in ``check_digits``. ``*`` is no neighbour and no filler: a masked text stays as it is when masked again.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import polars as pl

from pipelines.ingest.check_digits import CANDIDATE, MONTH_DAY, personal_numbers

HIDDEN = "***"

# What may stand before a number: no digit (a longer number), no letter (an id), no decimal point of a number.
_LEFT = r"(^|[^\d.A-Za-z*]|[^\d*]\.)"
_RIGHT = r"($|[^\d*])"
_SEP = r"[\-－—–·. \u3000]?"
_GAP = r"[\-－—–·._ \t\u3000]{0,2}"  # between the groups of a number that somebody typed
_IS = r"(?:号码|號碼|号|號|为|為|是|[#:：\s(（])*"
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
_PLATE_END = "挂学警港澳使领试超"
_LETTER = "A-Za-zＡ-Ｚａ-ｚ"
_DOT = r"[·•.\- ]?"  # inside a plate
_PAPERS = r"(?:身份证|身份證|证件|證件|护照|護照|通行证|通行證|驾驶证|駕駛證|驾照|卡|[账帐帳][号號户戶])"
_COUNT = r"[A-Za-z]?(?:\d+|[一二三四五六七八九十百零〇]+)"
# Surnames that cover nearly everybody, without those that mostly end the name of a place (路, 平, 和, 时 …).
_SURNAME = (
    r"(?:欧阳|歐陽|司马|司馬|上官|诸葛|諸葛|皇甫|尉迟|尉遲|慕容|令狐|夏侯|东方|東方|独孤|申屠|完颜|长孙|長孫|宇文|端木|百里|"
    r"濮阳|公孙|公孫|轩辕|司徒|司空|南宫|南宮|西门|西門|淳于|澹台|钟离|呼延|赫连|拓跋|万俟|闻人|鲜于|纳兰|公羊|左丘|公冶|太史|"
    r"[王李张張刘劉陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱高林何郭马馬罗羅梁宋郑鄭谢謝韩韓唐冯馮于董萧蕭程曹袁邓鄧许許傅沈曾彭吕呂苏蘇卢盧蒋蔣蔡贾賈丁魏薛"
    r"叶葉阎閻余潘杜戴夏钟鍾汪田任姜范方石姚谭譚廖邹鄒熊金陆陸郝孔白崔康毛邱秦江史顾顧侯邵孟龙龍万萬段雷钱錢汤湯尹黎易常武乔喬贺賀赖賴龚龔文庞龐樊"
    r"兰蘭殷施陶洪翟安颜顏倪严嚴牛温溫芦季俞章鲁魯葛伍韦韋申尤毕畢聂聶焦向柳邢岳齐齊沿梅莫庄莊辛管祝左涂谷祁舒耿牟卜詹关關苗凌费費纪紀靳盛童欧歐甄"
    r"项曲成游阳裴席卫衛查屈鲍鮑覃霍翁隋植甘景单薄涵闫肖付尚柴冉骆駱麦麥鞠臧缪戚宁寧冷娄婁柯卞储儲滕佟仇邬鄔岑蓝藍吉米宗虞艾窦竇丛栾桑荆池郎楚沙古"
    r"晏蒲苟闵敖桂麻冼阮褚訾匡牧逄])"
)
_TITLE = (
    r"(?:先生|女士|小姐|太太|大爷|大妈|阿姨|师傅|師傅|同志|老师|老師|大姐|大哥|大叔|大伯|大婶|大娘|奶奶|爷爷|叔叔|老伯"
    r"|老板|老闆)"
)
# Posts are often named without a person: 项目经理, 环卫所所长. Behind a surname no word of that kind may follow.
_POST = r"(?:经理|經理|主任|局长|科长|处长|所长|站长|队长|书记|書記|镇长|区长|校长|院长|警官|医生|醫生|律师|教授)"
_GIVEN = r"[\p{Han}&&[^目卫所队会局司处科委室站部区道办街村社公厂场校院园店组级副总排何便]]"
# Of a surname that is not listed the one character before these is masked, unless it is one of those.
_RARE = r"[\p{Han}&&[^位名个個的该該有这這那各一几两些老小年男女和与及对叫是向跟给被让请找系由为称说了某生士姐]]"


class _Group(NamedTuple):
    """``patterns`` (expression, what takes its place) tried on the texts in which ``gate`` is found."""

    gate: str
    patterns: tuple[tuple[str, str], ...]
    times: int = 1


_KEPT = "${1}" + HIDDEN
_BETWEEN = "${1}" + HIDDEN + "${2}"

# Order matters: long numbers first, so that a shorter pattern does not leave their rest; names last, since a name is
# told by words that labels of numbers also use.
GROUPS: tuple[_Group, ...] = (
    _Group("[@＠]", ((r"(?:[A-Za-z0-9._%+\-]+|\p{Han}{1,4})[@＠][A-Za-z0-9.\-]+\.[A-Za-z]{2,}", HIDDEN),)),
    _Group(  # as a spreadsheet writes long numbers: a mobile number of the mainland, an identity number
        r"\d[eE]\+1[07]",
        (
            (_LEFT + r"1\.[3-9]\d{6,9}[eE]\+10" + _RIGHT, _BETWEEN),
            (_LEFT + rf"[1-9]\.\d{{5}}(?:19|20)\d{{2}}{MONTH_DAY}\d{{0,3}}[eE]\+17" + _RIGHT, _BETWEEN),
        ),
    ),
    _Group(
        r"身份|证|證|护照|護照|驾照|卡|[账帐帳]|[微薇]信|[Vv][Xx信]|[Ww]e[Cc]hat|[Qq][Qq]|扣扣|车|車|(?i:plate)",
        (
            (
                rf"({_PAPERS}{_IS})[A-Za-z]?\d[\d \-]{{5,24}}[\dXxＸｘ]",
                _KEPT,
            ),
            (
                rf"((?:[微薇]信|[Vv]信|(?:^|[^A-Za-z])[Vv][Xx]|[Ww]e[Cc]hat|[Qq][Qq]|扣扣|Q号)(?:群)?{_IS})[A-Za-z0-9][A-Za-z0-9_\-]{{4,19}}",
                _KEPT,
            ),
            (rf"((?:车牌|車牌|车号|車號){_IS})[A-Za-z0-9]{{2,4}}[\-－ ]?[A-Za-z0-9]{{2,5}}", _KEPT),
            (r"((?i:plate)(?:\s*(?:#|no\.?|number|is|:))*\s*)[A-Za-z]{0,4}[ \-]?\d[A-Za-z0-9]{1,6}", _KEPT),
        ),
    ),
    _Group(
        r"\d{6}", ((_LEFT + r"[1-9]\d{5}[ \-]\d{8}[ \-]\d{3}[\dXxＸｘ]" + _RIGHT, _BETWEEN),)
    ),  # ID number in groups
    _Group(
        r"\d.{3,}\d",
        (
            (  # mobile, mainland
                rf"{_LEFT}(?:[(（]?(?:[+＋]|00)?\s?[8８][6６][)）]?{_GAP})?"
                rf"[1１][3-9３-９]\d(?:{_GAP}\d{{4}}{_GAP}\d{{4}}|{_GAP}\d{{3}}{_GAP}\d{{5}}){_RIGHT}",
                _BETWEEN,
            ),
            (  # landline with area code and extension
                rf"{_LEFT}(?:(?:[+＋]|00)86{_GAP}[(（]?[0０]?|[(（]?[0０])[1-9１-９]\d{{1,2}}[)）]?{_GAP}\d{{3,4}}{_GAP}\d{{4}}"
                rf"(?:\s?(?:转|轉|分机|分機|ext\.?|[xX#\-－—])\s?\d{{1,6}})?{_RIGHT}",
                _BETWEEN,
            ),
            (  # Taiwan: mobile and landline
                rf"{_LEFT}(?:[(（]?[0０]|[+＋]886{_SEP}0?)(?:[9９]\d{{2}}{_SEP}\d{{3}}{_SEP}\d{{3}}"
                rf"|[2-8]\d?[)）\-－ ]\d{{3,4}}{_SEP}\d{{4}}(?:[#轉转]\d{{1,6}})?){_RIGHT}",
                _BETWEEN,
            ),
            (rf"{_LEFT}[+＋(（]?85[23][)）]?{_SEP}\d{{4}}{_SEP}\d{{4}}{_RIGHT}", _BETWEEN),  # Hong Kong, Macao
            (  # ten places in three groups
                rf"{_LEFT}(?:\+?1[\-. ])?\(?[2-9]\d{{2}}\)?[\-. ]?[2-9]\d{{2}}[\-. ]\d{{4}}{_RIGHT}",
                _BETWEEN,
            ),
        ),
        times=2,
    ),
    _Group(
        r"\d{3}",
        (
            (
                r"((?:电话|電話|座机|座機|固话|手机|手機|联系方式|聯絡方式|联系|聯絡|致电|致電|拨打|撥打|回电|回電|来电|來電"
                rf"|(?i:tel|phone|call|cell|mobile)\b)\.?{_IS})(?:[2-9]\d{{2,3}}[\- ]?\d{{4}}|[+＋]?\d{{10,13}})",
                _KEPT,
            ),
            (r"[A-Z]{1,2}\d{6}[(（][\dA][)）]", HIDDEN),  # identity card of Hong Kong
        ),
    ),
    _Group(
        rf"[{_PROVINCES}][·•\- ]?[\d{_LETTER}]|\d使|WJ",
        (
            (
                rf"[{_PROVINCES}][·•]?[{_LETTER}][·•\- ]?[\d{_LETTER}]{{4,5}}[\d{_LETTER}{_PLATE_END}]",
                HIDDEN,
            ),
            (  # with blanks, so in capitals only, lest a word be one
                rf"[{_PROVINCES}][·•\- ]?[A-Z](?:{_DOT}[A-Z\d]){{4,5}}{_DOT}[A-Z\d{_PLATE_END}]",
                HIDDEN,
            ),
            (rf"WJ(?:{_DOT}[{_PROVINCES}]{_DOT}\d{{4}}[\dA-Z]|\d{{2}}[·•\- ]\d{{4,5}})", HIDDEN),  # armed police
            *[
                (r"(^|[^致促即假迫])使[·•\- ]?\d{3}[·•\- ]?\d{3}($|[^\d元人户万])", _BETWEEN),  # embassies, until 2018
                (rf"{_LEFT}\d{{3}}[·•\- ]?\d{{3}}使($|[^用得者])", _BETWEEN),  # since
            ]
            * 2,
            (rf"[{_PROVINCES}]\d{{3}}[·•\- ]?\d{{2}}领", HIDDEN),  # consulates
        ),
    ),
    _Group(
        r"号|號|栋|棟|幢|单元|單元|室|房|层|層|座|门|門|楼|樓|户|戶|小区|小區|社区|苑|园|(?i:apt|apartment|room|unit|suite)",
        (
            (
                r"((?:小区|小區|社区|社區|苑|家园|花园|花園|公寓|村|屯|弄|胡同)\s*)"
                r"\d{1,4}(?:[\-－—#]\d{1,4}){1,3}",
                _KEPT,
            ),
            (r"((?:小区|小區|苑|家园|花园|花園|公寓|村|屯|弄|[村庄]\S组)\s*)\d+(号|號)", _BETWEEN),
            (
                rf"{_COUNT}\s*[\-－]?\s*([号#＃]楼|[號#＃]樓|号院|號院|栋|棟|幢|单元|單元|室|[楼樓](?:之\d+)?)",
                HIDDEN + "${1}",
            ),
            (r"\d{3,4}(房)", HIDDEN + "${1}"),
            (
                r"((?:[\dA-Za-z一二三四五六七八九十][层層门門]|[\dA-Za-z甲乙丙丁]座))\d{3,4}($|[^\d平米人个個元吨万])",
                _BETWEEN,
            ),
            (r"((?:号楼|號樓|栋|棟|幢|单元|單元|楼|樓)\s*)\d{1,4}(号|號|户|戶)?", _BETWEEN),
            (r"(樓之)\d+", _KEPT),
            (r"(\b(?i:apt|apartment|room|unit|suite)\b\.?\s*#?\s*)[A-Za-z]?\d+[A-Za-z]?", _KEPT),
        ),
    ),
    _Group(
        rf"某|姓|叫|人|民|我是|主|户|{_TITLE}|{_POST}|Mr|Ms|[Nn]ame",
        (
            # twice: of two names side by side the first takes the head of the second with it
            *[(rf"{_SURNAME}\p{{Han}}{{0,2}}({_TITLE})($|[^路街巷道桥橋站店])", HIDDEN + "${1}${2}")] * 2,
            *[
                (rf"{_SURNAME}{_GIVEN}{{0,2}}({_POST})", HIDDEN + "${1}"),
                (rf"{_RARE}((?:先生|女士|小姐)(?:$|[^路街巷道桥橋站店]))", HIDDEN + "${1}"),
            ]
            * 2,
            (rf"{_SURNAME}某{{1,2}}($|[^某公单單小路街企店工商部学區区楼市校人男女处*])", HIDDEN + "${1}"),
            (
                r"((?:我叫|名叫|(?:联系人|聯絡人|投诉人|诉求人|來電人|来电人|反映人)[:：\s]*"
                r"|(?:姓名|户主|业主|市民|申请人)[:：]\s*))"
                rf"{_SURNAME}\p{{Han}}{{1,2}}",
                _KEPT,
            ),
            (
                rf"((?:市民|业主|居民|村民|住户|网民|租户|群众)){_SURNAME}\p{{Han}}{{1,2}}"
                r"(反映|来电|致电|投诉|咨询|求助|举报|表示|称)",
                _BETWEEN,
            ),
            (rf"(我是|本人是){_SURNAME}\p{{Han}}{{1,2}}($|[，,。；;、（(：:\s])", _BETWEEN),
            (rf"(我姓|姓){_SURNAME}", _KEPT),
            (r"(\b(?:Mrs?|Ms|Miss)\.?\s+)[A-Z][A-Za-z'’]+(?:[\s\-][A-Z][a-z]+)?", _KEPT),
            (r"((?i:my name is)\s+)[A-Za-z]+(?:\s[A-Z][a-z]+)?", _KEPT),
        ),
    ),
)
# A text without any of these needs no mask.
TELLING = (
    rf"\d|[@＠]|号楼|號樓|栋|棟|幢|单元|單元|室|楼|樓|某|姓|叫|人|民|我是|主|户|{_TITLE}|{_POST}|[微薇v]信|[Vv][Xx]|[Qq][Qq]|Mr|Ms|[Nn]ame|"
    rf"[{_PROVINCES}][A-Za-z]"
)


def mask(text: pl.Expr) -> pl.Expr:
    """``text`` (String) with personal numbers, names and doors replaced by ``***``; null stays null."""
    return text.map_batches(mask_series, return_dtype=pl.String)


def mask_series(series: pl.Series) -> pl.Series:
    """The same of a series; only texts that hold something telling are looked at."""
    telling = series.str.contains(TELLING).fill_null(value=False)
    if not telling.any():
        return series
    chosen = _numbers_masked(series.filter(telling))
    for group in GROUPS:
        chosen = _apply(chosen, group)
    return series.clone().scatter(telling.arg_true(), chosen)


@lru_cache(maxsize=4096)  # headers and file names come again with every file, and one costs as much as a thousand
def mask_text(text: str) -> str:
    """The same of one text, such as a file name or a message."""
    return str(mask_series(pl.Series([text], dtype=pl.String))[0])


def _apply(texts: pl.Series, group: _Group) -> pl.Series:
    found = texts.str.contains(group.gate)
    if not found.any():
        return texts
    some = pl.col("t")
    for pattern, by in group.patterns * group.times:
        some = some.str.replace_all(pattern, by)
    changed = pl.DataFrame({"t": texts.filter(found)}).select(some)["t"]
    return texts.clone().scatter(found.arg_true(), changed)


def _numbers_masked(texts: pl.Series) -> pl.Series:
    """Identity and card numbers whose check digit is right, replaced."""
    found = texts.str.contains(CANDIDATE)
    if not found.any():
        return texts
    some = texts.filter(found)
    numbers = personal_numbers(some)
    if not numbers:
        return texts
    masked = some.str.replace_many(numbers, [HIDDEN] * len(numbers), leftmost=True)
    return texts.clone().scatter(found.arg_true(), masked)
