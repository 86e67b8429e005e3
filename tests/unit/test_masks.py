"""Masks of free text, against tables written by hand and numbers made by other code than the masker's."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest.masks import mask, mask_text

POSITIVE = [
    ("来电13812345678反映", "来电***反映"),
    ("电话１３８１２３４５６７８。", "电话***。"),
    ("13812345678,13912345678", "***,***"),
    ("13812345678 13912345678 13712345678", "*** *** ***"),
    ("138-1234-5678", "***"),
    ("138 1234 5678", "***"),
    ("+86 13812345678", "***"),
    ("+86 138-0000-0000", "***"),
    ("008613812345678", "***"),
    ("座机010-65123456", "座机***"),
    ("(0371)65123456", "***"),
    ("0371-65123456转801", "***"),
    ("联系电话65123456", "联系电话***"),
    ("身份证11010119900307751X，", "身份证***，"),
    ("证件号53010219200508011X。", "证件号***。"),
    ("持11010519491231002X办理", "持***办理"),
    ("持１１０１０５１９４９１２３１００２Ｘ办理", "持***办理"),
    ("老证130503670401001作废", "老证***作废"),
    ("卡6222021234567890128被扣款", "卡***被扣款"),
    ("付款4111 1111 1111 1111。", "付款***。"),
    ("身分證A123456789號", "身分證***號"),
    ("身份證A123456(7)遺失", "身份證***遺失"),
    ("請回電0912-345-678", "請回電***"),
    ("市話02-2345-6789", "市話***"),
    ("+852 9123 4567", "***"),
    ("车牌京A·12345违停", "车牌***违停"),
    ("粤BD12345停放", "***停放"),
    ("沪AD12345占道", "***占道"),
    ("沪A12345F占道", "***占道"),
    ("車號ABC-1234違停", "車號***違停"),
    ("邮箱zhang.san@example.com回复", "邮箱***回复"),
    ("阳光小区3号楼2单元501室漏水", "阳光小区***号楼***单元***室漏水"),
    ("阳光小区3-2-501漏水", "阳光小区***漏水"),
    ("王家村12号门前", "王家村***号门前"),
    ("中山路5號3樓之2", "中山路5號***樓之***"),
    ("Apt 5B leaks", "Apt *** leaks"),
    ("call 410-555-0123 now", "call *** now"),
    ("phone (410) 555-0123", "phone ***"),
    ("张先生反映", "***先生反映"),
    ("李小明女士来电", "***女士来电"),
    ("满意（张女士13900001111）", "满意（***女士***）"),
    ("张女士李先生都说", "***女士***先生都说"),
    ("歐陽小姐投訴", "***小姐投訴"),
    ("王某某称", "***称"),
    ("我叫张三，", "我叫***，"),
    ("联系人：李四", "联系人：***"),
    ("微信号abc_12345", "微信号***"),
    ("1.3800138000E+10", "***"),
    ("1.3800138e+10", "***"),
    ("1.10105194912310E+17", "***"),
    ("QQ：123456789", "QQ：***"),
    # as people type numbers: two blanks, an underscore, brackets, four and four
    ("138  1234  5678", "***"),
    ("138_1234_5678", "***"),
    ("（+86）138 1234 5678", "***"),
    ("010-6512-3456", "***"),
    ("（0371）6512 3456", "***"),
    ("+86-10-6512-3456", "***"),
    ("0746--2213405", "***"),
    ("010-65123456 x801", "***"),
    ("固话65123456", "固话***"),
    ("卡号6222 0212 3456 7890 123", "卡号***"),
    ("通行证H12345678", "通行证***"),
    ("11010519491231002x", "***"),
    ("张三@163.com", "***"),
    ("加VX: abc12345", "加VX: ***"),
    # plates: blanks, full width, new energy, embassies, consulates, armed police
    ("京 A12345", "***"),
    ("京Ａ１２３４５", "***"),
    ("沪·AD12345", "***"),
    ("京AF 1234 D", "***"),
    ("粤B1234学", "***"),
    ("京A1234警", "***"),
    ("鲁B1234挂", "***"),
    ("粤Z1234港", "***"),
    ("使014·578", "***"),
    ("224578使", "***"),
    ("沪A0023领", "***"),
    ("沪224·78领", "***"),
    ("WJ京12345", "***"),
    # doors
    ("3#楼2单元501", "***#楼***单元***"),
    ("三号楼二单元五零一室", "***号楼***单元***室"),
    ("12栋302房", "***栋***房"),
    ("A座1203", "A座***"),
    ("3号楼5层501漏水", "***号楼***层***漏水"),
    # names before titles
    ("肖先生来电", "***先生来电"),
    ("付女士", "***女士"),
    ("东方女士", "***女士"),
    ("令狐先生", "***先生"),
    ("端木小姐", "***小姐"),
    ("赵大姐说", "***大姐说"),
    ("张经理不理", "***经理不理"),
    ("杨晨鹏站长", "***站长"),
    ("羊先生", "***先生"),
    ("市民张三丰反映", "市民***反映"),
    ("我是张三，", "我是***，"),
    ("Ms. O'Brien called", "Ms. *** called"),
]
NEGATIVE = [
    "1.2E+17",
    "2.02610010000000E+17",
    "1.151484280512822E+20",  # its decimals would be an identity number of 15 places
    "5.223484460628305E+14",
    "人民路12号路灯不亮",
    "2026-10-01 08:00 积水30厘米",
    "拨打12345热线",
    "12319城管热线",
    "案件编号HX202610010001234",
    "工单20261001080000123456",
    "金额12345.67元",
    "坐标116.397128,39.916527",
    "坐标113.13812345678,39.9",
    "黄先生路积水",
    "江苏某公司施工",
    "100户居民停水",
    "井盖编号430102001234",
    "面积1380平方米",
    "公园路与学府路口",
    "会议室与办公室",
    "2026年10月1日至2026年10月31日",
    "SR13-00123456",
    "垃圾未及时清运",
    "3路公交站牌",
    "致使100000元损失",
    "2026100使用中",
    "更新 Windows系统",
    "项目经理不处理",
    "环卫所所长答复",
    "一位女士和一位老先生",
    "代课老师的工资",
    "一座650吨油罐",
    "二层1200平方米",
    "3#垃圾站",
    "居民反映强烈",
]


@pytest.mark.parametrize(("text", "masked"), POSITIVE)
def test_what_is_personal_is_masked(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize("text", NEGATIVE)
def test_what_is_not_personal_stays(text: str) -> None:
    assert mask_text(text) == text


def test_a_column_is_masked_as_its_texts_are_and_null_stays_null() -> None:
    texts = [text for text, _ in POSITIVE] + [None]
    found = pl.DataFrame({"t": texts}, schema={"t": pl.String}).select(mask(pl.col("t")))["t"].to_list()
    assert found == [masked for _, masked in POSITIVE] + [None]


_PIECES = st.sampled_from([
    *"张王路号楼室单元先生女士某姓叫人村弄京沪粤A1Bx0３８-－. ,，：:()（）*@", "电话", "联系人", "身份证", "微信",
    "13812345678", "0371-65123456", "110105194912310028", "11010519491231002X", "3号楼", "QQ", "小区", "先生", "樓之",
])  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=14).map("".join))
def test_a_masked_text_stays_when_masked_again(text: str) -> None:
    once = mask_text(text)
    assert mask_text(once) == once


def _identity(region: int, year: int, month: int, day: int, serial: int) -> str:
    """ISO 7064 MOD 11-2 the recursive way, not by the weights the masker uses."""
    body = f"{region}{year}{month:02}{day:02}{serial:03}"
    rest = 0
    for digit in body:
        rest = (rest + int(digit)) * 2 % 11
    return body + "0123456789X"[(12 - rest) % 11]


_AROUND = st.text(alphabet="路灯不亮请回电话，。：张先生（）、 反映", max_size=8)
_NUMBERS = st.one_of(
    st.builds(
        _identity,
        st.integers(110000, 659999),
        st.integers(1930, 2019),
        st.integers(1, 12),
        st.integers(1, 28),
        st.integers(0, 999),
    ),
    st.builds(lambda start, rest: f"1{start}{rest:09}", st.integers(3, 9), st.integers(0, 999_999_999)),
)


@settings(max_examples=200, deadline=None)
@given(_AROUND, _NUMBERS, _AROUND)
def test_a_number_in_any_text_does_not_survive(before: str, number: str, after: str) -> None:
    assert number not in mask_text(before + number + after)
