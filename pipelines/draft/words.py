"""What the headers of deliveries are called in the field: names of columns by contract, and words that tell values."""

from __future__ import annotations

# Contract → column → names, Chinese and English; compared without letter case, spaces and punctuation. A name that
# starts with = must be the whole header. The contract's own names and labels count too.
NAMES: dict[str, dict[str, str]] = {
    "cases": {
        "case_id": "案件编号 工单编号 案件編號 任务号 受理编号 流水号 事件编号 诉求编号 留言编号 =编号 "
        "uniquekey srrecordid "
        "srnumber servicerequestnumber servicerequestid caseid requestid ticketid caseenquiryid srid",
        "intake": "受理渠道 上报来源 诉求来源 来电渠道 受理方式 来源渠道 methodreceived requestsource "
        "opendatachanneltype "
        "extendedattributeschannel intake",
        "case_class": "案件类别 案件类型 caseclass",
        "category_code": "大类代码 诉求大类编码 大类编码 大类 大类名称 问题分类 一级标签 一级分类 派工項目 派工项目 "
        "诉求分类 案件大类 complainttype srtype requesttype servicename typeofservicerequest category",
        "subcategory_code": "小类代码 小类编码 小类 小类名称 二级标签 二级分类 案件小类 descriptor subcategory "
        "natureofthiscodeviolation",
        "area_code": "所属街道编码 所属街道 街道编码 街道 所属区域 所属区 行政区 區域 案件地址 所在区域 事发区域 "
        "区县 =区域 "
        "councildistrict communityboard communityarea =ward =cd extendedattributesward =area areacode",
        "grid_code": "单元网格 网格编码 网格编号 gridcode",
        "unit_code": "责任单位编码 承办单位编码 承办单位 责任单位 主办单位 处置部门 办理单位 责任部门 =agency =owner "
        "agencyresponsible department",
        "reported_at": "来电时间 上报时间 留言时间 诉求时间 反映时间 立案日期 立案時間 受理日期 登记时间 发生时间 "
        "createddate creationdate "
        "requesteddatetime opendt openeddate datecreated reportedat",
        "accepted_at": "受理时间 acceptedat",
        "registered_at": "立案时间 立单时间 registeredat",
        "dispatched_at": "派遣时间 派单时间 交办时间 dispatchedat",
        "due_at": "处置截止时间 办理时限 截止时间 处置时限 应办结时间 应结案时间 应完成时间 要求办结时间 要求完成时间 "
        "计划完成时间 承诺办结时间 办结时限 办理期限 处置期限 duedate slatargetdt",
        "contacted_at": "联系时间 首次联系时间 contactedat",
        "handled_at": "办结时间 处置时间 处理时间 处置完成时间 答复时间 回复时间 handledat",
        "verified_at": "核查时间 复核时间 verifiedat",
        "closed_at": "结案时间 结单时间 归档时间 办结时间 办结日期 closeddate closedate closeddt "
        "completiondate closedat",
        "cancelled_at": "作废时间 撤销时间 cancelledat",
        "status": "案件状态 工单状态 办理状态 =状态 =status srstatus casestatus",
        "rework_count": "返工次数 重办次数",
        "return_count": "回退次数 退单次数",
        "extension_count": "延期次数",
        "is_supervised": "是否督办 督办",
        "is_urgent": "是否紧急 紧急",
        "is_proactive": "是否主动发现 主动发现",
        "is_valid": "是否有效",
        "is_missed_report": "是否漏报",
        "source_level": "来源层级",
        "disposal_means": "处置方式",
        "collector_code": "监督员编号 监督员编码 采集员编号",
        "acceptor_code": "受理员编号 受理员编码",
        "shift_leader_code": "值班长编号 值班长编码",
        "dispatcher_code": "派遣员编号 派遣员编码",
        "duplicate_of": "重复案件编号 重复工单编号 parentcase duplicateof",
        "satisfaction": "满意度评价 满意度 是否满意 评价结果 satisfaction",
        "is_resolved": "是否解决 解决情况",
        "reporter_key": "诉求人电话 来电号码 联系电话 手机号 手机号码 电话号码 主叫号码 留言用户 留言者 用户标识 "
        "reporterphone phonenumber callerphone callerid userid",
        "longitude": "经度 =x坐标 =lng =lon =long longitude",
        "latitude": "纬度 =y坐标 =lat latitude",
        "summary": "诉求内容 问题描述 留言详情 留言内容 案件描述 工单内容 内容摘要 主要内容 内容 description",
        "updated_at": "更新时间 最后修改时间 statusdate updateddate updateddatetime resolutionactionupdateddate",
    },
    "case_suspensions": {
        "case_id": "案件编号 工单编号",
        "kind": "类型 挂账类型",
        "started_at": "开始时间 挂账时间 起始时间",
        "ended_at": "结束时间 恢复时间",
        "approved_by": "批准岗位 审批岗位",
        "updated_at": "更新时间",
    },
    "operations": {
        "operation_id": "记录编号 作业编号 作业记录编号 operationid",
        "unit_code": "作业单位编码 作业单位 作业公司 contractor operator",
        "area_code": "作业街道编码 作业区域 作业街道 borough",
        "operated_on": "作业日期 作业时间 =month servicedate operatedon",
        "measure": "作业指标 作业类型 作业项目 measure",
        "planned": "计划量 计划数 应作业量 planned",
        "actual": "完成量 实际量 完成数 实作业量 actual tonscollected",
        "unit_of_measure": "计量单位 unitofmeasure",
    },
    "findings": {
        "finding_id": "问题编号 扣分编号 findingid",
        "round_id": "检查轮次 轮次 roundid",
        "sample_id": "样本编号",
        "inspected_at": "检查时间 检查日期 inspectedat inspectiondate",
        "inspector_org": "检查机构 检查单位",
        "unit_code": "责任单位编码 责任单位",
        "area_code": "所在街道编码 所在街道 所在区域",
        "place_code": "点位编码",
        "item_code": "扣分项编码 扣分项 itemcode",
        "quantity": "数量 quantity",
        "points_deducted": "扣分 扣分值 pointsdeducted",
        "rectify_due_at": "整改时限",
        "rectified_at": "整改时间 整改完成时间",
        "rechecked_at": "复查时间",
        "evidence": "证据 照片",
    },
    "exposures": {
        "exposure_id": "曝光编号",
        "published_on": "发布日期 曝光日期",
        "level": "级别 媒体级别",
        "unit_code": "责任单位编码 责任单位",
        "title": "标题",
        "points": "分值",
    },
    "contracts": {
        "contract_id": "合同编号",
        "unit_code": "承包单位编码 承包单位 中标单位",
        "area_codes": "服务街道 服务区域",
        "monthly_fee_yuan": "月服务费 月服务费元",
        "valid_from": "生效日期 起始日期",
        "valid_to": "终止日期 截止日期",
        "scheme": "考核办法",
    },
    "inspection_scores": {
        "round_id": "检查轮次 轮次 =month",
        "unit_code": "单位编码 被检单位 cleaningsection",
        "item_code": "评分项 评分项编码 检查项目",
        "period": "考核期 考核月份 =month",
        "score": "得分 评分 acceptablestreets acceptablesidewalks",
        "full_score": "满分 标准分",
        "sample_size": "样本数",
    },
    "responses": {
        "response_id": "答卷编号 问卷编号 responseid respondent =id",
        "survey_id": "调查编号 surveyid =quarte =quarter",
        "answered_on": "作答日期 答题日期 回访日期 answeredon",
        "unit_code": "被评单位",
        "area_code": "所在区域 =counci =council councildistrict",
        "question_code": "题目 题目编号 questioncode",
        "answer": "答案 选项 answer",
        "case_id": "案件编号 工单编号",
    },
    "positions": {
        "vehicle_key": "车牌号 车牌 车辆编号 车辆 vehicleid vehicle truckid",
        "recorded_at": "定位时间 上报时间 gpstime recordedat =timestamp",
        "unit_code": "作业单位 所属单位",
        "received_at": "接收时间",
        "longitude": "经度 =lng =lon =x longitude",
        "latitude": "纬度 =lat =y latitude",
    },
    "planned_stops": {
        "stop_id": "站点编号 stopid",
        "route_id": "线路编号 routeid",
        "unit_code": "作业单位",
        "weekday": "星期 weekday",
        "planned_time": "计划时间 scheduletime",
        "longitude": "经度 =lon =lng longitude",
        "latitude": "纬度 =lat latitude",
    },
    "callbacks": {"callback_id": "回访编号", "case_id": "案件编号 工单编号", "called_at": "回访时间"},
}

# Headers of cases that only a grid system knows, and that only a hotline knows.
GRID = "监督员 采集员 巡查 核查 部件 网格 值班长 数字城管 城管案件 proactive"
HOTLINE = "来电 诉求 工单 热线 留言 12345 1999 310 311 complaint request"

# Contract, column → what a source writes → what this warehouse calls it. A word that is not here is the person's.
VALUES: dict[tuple[str, str], dict[str, object]] = {
    ("cases", "intake"): {
        "电话": "phone",
        "网站": "web",
        "手机应用": "app",
        "微信": "wechat",
        "监督员巡查": "patrol",
        "公众举报": "public",
        "视频识别": "video",
        "Phone": "phone",
        "Web": "web",
        "Mobile App": "app",
    },
    ("cases", "case_class"): {"事件": "event", "部件": "component"},
    ("exposures", "level"): {"市级": "city", "省级": "province", "国家级": "national"},
    ("operations", "measure"): {"机械清扫": "sweeping", "垃圾清运": "collection", "人员出勤": "attendance"},
    ("case_suspensions", "kind"): {"挂账": "suspension", "缓办": "deferral"},
    ("cases", "disposal_means"): {"服务": "service", "管理": "management", "执法": "enforcement"},
}
TRUE = ("是", "y", "yes", "true", "1", "t", "有效", "对")
FALSE = ("否", "n", "no", "false", "0", "f", "无效", "错")

# Headers whose values identify a person and that no contract asks for: they are ignored, and never copied.
PERSONAL = "姓名 联系人 身份证 邮箱 email 电话 手机 phone telephone 车牌 firstname lastname 联系地址 cdmember 户主"
# A character that only the traditional script has.
TRADITIONAL = "號區網處報鄉鎮樓臺灣項戶務單電話時間編責類鄰"
