"""Reference: categories of cases."""

from pipelines.contracts.base import Contract, code, text

CONTRACT = Contract(
    name="categories",
    zh="案件分类",
    en="Categories",
    grain="One row per category",
    key=("category_code",),
    is_reference=True,
    columns=(
        text("category_code", "分类编码", "Category", example="01", required=True),
        text("name_zh", "中文名称", "Chinese name", example="市容环境", required=True),
        text("name_en", "英文名称", "English name", example="City appearance"),
        code("parent_code", "上级分类", "Parent category", refers_to="categories"),
    ),
)
