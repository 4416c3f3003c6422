package document

// term is a word of the trade in both languages.
type term struct{ zh, en string }

// The headings and labels of both documents.
var (
	formTitle = term{"业务施工确认单", "Service confirmation form"}
	noteTitle = term{"到访留言", "Visit note"}

	secOverride     = term{"特批完工", "Completed by override"}
	secOrder        = term{"业务信息", "Order"}
	secCustomer     = term{"用户信息", "Customer"}
	secVisit        = term{"上门服务", "Visit"}
	secSteps        = term{"施工步骤", "Steps of the work"}
	secTests        = term{"验收测试", "Acceptance test"}
	secEquipment    = term{"终端设备", "Equipment"}
	secPhotos       = term{"现场照片", "Photos"}
	secCharges      = term{"费用", "Charges"}
	secSatisfaction = term{"用户评价", "Satisfaction"}
	secSignature    = term{"用户签名", "Customer's signature"}
	secSeal         = term{"文件核验", "Verification"}

	labNo          = term{"单据编号", "Document number"}
	labService     = term{"服务编号", "Service number"}
	labOrder       = term{"外部订单号", "External order"}
	labOperator    = term{"运营商", "Operator"}
	labTerritory   = term{"服务区域", "Territory"}
	labZone        = term{"时区", "Time zone"}
	labMade        = term{"出单时间", "Issued"}
	labStandard    = term{"服务规范版本", "Service standard"}
	labKind        = term{"业务类型", "Kind of job"}
	labProduct     = term{"产品名称", "Product"}
	labContract    = term{"签约速率", "Contracted speed"}
	labName        = term{"用户姓名", "Name"}
	labAddress     = term{"装机地址", "Address"}
	labPhone       = term{"联系电话", "Phone"}
	labInstaller   = term{"装维人员", "Installer"}
	labInstallerID = term{"工号", "Installer's number"}
	labAppointment = term{"预约时间", "Appointment"}
	labArrived     = term{"到达时间", "Arrived"}
	labEntered     = term{"入户时间", "Entered"}
	labCompleted   = term{"完工时间", "Completed"}
	labLeft        = term{"离开时间", "Left"}
	labPlace       = term{"到达位置（WGS84）", "Place of arrival (WGS 84)"}
	labBy          = term{"批准人", "Decided by"}
	labReason      = term{"理由", "Reason"}
	labMissing     = term{"缺少项目", "What is missing"}
	labAnswer      = term{"是否满意", "Is the customer satisfied"}
	labClass       = term{"收费类别", "Charging class"}
	labReceipt     = term{"收据编号", "Receipt"}
	labSigner      = term{"签名人", "Signed by"}
	labSignedAt    = term{"签名时间", "Signed at"}
	labConsent     = term{"确认条款版本", "Version of the consent"}
	labScan        = term{"扫码核验", "Scan to verify"}
	labVerifyAt    = term{"核验网址", "Verify at"}
	labHotline     = term{"客服热线", "Hotline"}
	labCall        = term{"装维人员电话", "Installer's phone"}
	labAgain       = term{"如何再次预约", "How to agree a second appointment"}
	labDoor        = term{"门前照片", "Photo at the door"}

	colRule       = term{"规范条款", "Rule"}
	colStep       = term{"步骤", "Step"}
	colTime       = term{"时间", "Time"}
	colBy         = term{"执行人", "By"}
	colRecorded   = term{"记录", "Recorded"}
	colPart       = term{"测试项目", "Part"}
	colValue      = term{"测试值", "Value"}
	colLimit      = term{"标准值", "Required"}
	colInstrument = term{"仪表", "Instrument"}
	colVerdict    = term{"判定", "Result"}
	colWhat       = term{"设备名称", "Device"}
	colSerial     = term{"序列号", "Serial number"}
	colItem       = term{"收费项目", "Item"}
	colAmount     = term{"金额", "Amount"}

	wordPassed   = term{"合格", "Passed"}
	wordFailed   = term{"不合格", "Failed"}
	wordBefore   = term{"修复前", "Before the repair"}
	wordAfter    = term{"修复后", "After the repair"}
	wordFailPart = term{"不合格项目", "Failed part"}
	wordRemedy   = term{"处理措施", "Remedy"}
	wordSkipped  = term{"未执行", "Skipped"}
	wordDone     = term{"已完成", "Done"}
	wordTaken    = term{"拍摄", "Taken"}
	wordReceived = term{"上传", "Received"}
	wordNoThumb  = term{"无缩略图", "No preview"}
	wordTotal    = term{"合计", "Total"}
	wordUnknown  = term{"未知", "unknown"}

	sayMissing = term{
		"本单缺少下列项目，经批准后完工。",
		"This visit was completed without the items named here, by a supervisor's decision.",
	}
	sayCopies = term{
		"本确认单一式三份：用户、装维人员、部门存档，三份为同一份电子签封文件；签封后的任何改动均可被检测。",
		"This form exists three times, for the customer, the installer and the archive. All three are the same sealed file: any later change of it can be detected.",
	}
	sayVisited = term{
		"我们按约上门为您服务，但未能见到您。",
		"We came to serve you as agreed, but could not reach you.",
	}
	sayAgain = term{
		"请拨打上述电话再次预约，并告知服务编号；我们将优先为您安排。",
		"Please call one of the numbers above and give the service number. Your next appointment has priority.",
	}
	sayDear = term{"尊敬的用户", "Dear customer"}
)

// terms are the words for codes of the service standard, by what they are codes of.
var terms = map[string]map[string]term{
	"kind": {
		"install": {"新装", "Installation"}, "remove": {"拆机", "Removal"}, "relocate": {"移机", "Relocation"},
		"upgrade": {"变更", "Upgrade"}, "repair": {"修障", "Repair"},
	},
	"step": {
		"introduce":    {"敲门、出示工牌、自我介绍", ""},
		"explain":      {"讲解施工内容，递交确认单，商定安装位置", ""},
		"safety":       {"安全检查：用电、登高、防火、道路、夜间", ""},
		"cabling":      {"布线、熔接，两端粘贴标签", ""},
		"activate":     {"录入认证码，拨号上线", ""},
		"show":         {"向用户演示使用方法", ""},
		"clean_up":     {"清理现场，带走垃圾", ""},
		"satisfied":    {"询问用户是否满意", ""},
		"service_card": {"留下服务卡，告知回访", ""},
		"take_down":    {"拆除终端和线缆，登记序列号", ""},
	},
	"value": {
		"customer_label": {"用户端标签", "Customer's label"}, "splitter_label": {"分光器标签", "Splitter label"},
		"authentication_code": {"认证码", "Authentication code"}, "answer": {"用户答复", "Answer"},
		"serial_number": {"序列号", "Serial number"},
	},
	"skip": {
		"customer_declined": {"用户谢绝", "declined by the customer"}, "cabling_untouched": {"未动线路", "cabling untouched"},
	},
	"test": {
		"resources": {"资源核对（端口、线路）", "Resources (port, line)"}, "authentication": {"认证数据同步（AAA）", "Authentication (AAA) in sync"},
		"optical_power": {"接收光功率", "Received optical power"}, "speed": {"测速", "Measured speed"},
	},
	"photo": {
		"drop_cable_route": {"皮线走向", "Drop cable route"}, "splitter_label": {"分光器标签", "Splitter label"},
		"terminal_installed": {"终端安装", "Terminal installed"}, "acceptance_form": {"施工确认单", "Confirmation form"},
		"service_agreement": {"业务协议", "Service agreement"}, "visit_note": {"到访留言", "Visit note"},
	},
	"flag": {
		"no_time": {"无拍摄时间", "no time"}, "no_place": {"无拍摄位置", "no place"}, "alike": {"与其他照片相似", "like another photo"},
		"no_label": {"标签未能识读", "label not read"}, "label_off": {"标签与工单不符", "label differs from the order"},
	},
	"answer": {"yes": {"满意", "Satisfied"}, "no": {"不满意", "Not satisfied"}},
	"class": {
		"A": {"A 类：有偿", "A: paid"}, "B": {"B 类：合同内", "B: contract"}, "C": {"C 类：免费", "C: free"}, "D": {"D 类：内部", "D: internal"},
	},
	"signer": {"customer": {"用户本人", "Customer"}, "representative": {"代理人", "Representative"}},
}

// languages is what a document is printed in.
type languages struct{ zh, en bool }

// both puts a term's languages beside each other, Chinese first.
func (l languages) both(t term, between string) string {
	switch {
	case l.zh && l.en && t.zh != t.en:
		return t.zh + between + t.en
	case l.zh:
		return t.zh
	}
	return t.en
}

func (l languages) say(t term) string { return l.both(t, " ") }

// colon puts a value behind its label.
func (l languages) colon(t term, value string) string {
	if l.en {
		return l.say(t) + ": " + value
	}
	return t.zh + "：" + value
}

// code returns the words for a code; a code without words stays as it is. The English of a step is the Standard's own
// title, which comes in otherwise.
func (l languages) code(of, code, otherwise string) string {
	if otherwise == "" {
		otherwise = code
	}
	t, ok := terms[of][code]
	if !ok {
		return otherwise
	}
	if t.en == "" {
		t.en = otherwise
	}
	return l.say(t)
}

// pick returns a text in the languages of the document, each in a paragraph of its own.
func (l languages) pick(t Text) string {
	zh, en := t[Chinese], t[English]
	switch {
	case zh == "":
		return en
	case en == "":
		return zh
	}
	return l.both(term{zh, en}, "\n")
}
