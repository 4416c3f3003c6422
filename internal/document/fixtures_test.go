package document_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"truckroll/internal/document"
)

var (
	shanghai = time.FixedZone("Asia/Shanghai", 8*3600)
	day      = time.Date(2026, 3, 14, 1, 0, 0, 0, time.UTC)
)

func after(minutes int) time.Time { return day.Add(time.Duration(minutes) * time.Minute) }

// lacking fails a test in CI and skips it elsewhere: what CI does not have is never checked by anybody.
func lacking(t testing.TB, what, install string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing, and CI must have it: apt-get install %s", what, install)
	}
	t.Skipf("%s is missing: apt-get install %s", what, install)
}

// fonts returns the fonts of the system with a Chinese one.
func fonts(t testing.TB) document.Fonts {
	t.Helper()
	f, err := document.FindFonts(os.Getenv("DOCUMENT_FONT"))
	if err != nil {
		t.Fatal(err)
	}
	if f.Chinese == nil {
		lacking(t, "a Chinese font", "fonts-wqy-microhei")
	}
	return f
}

func printer(t testing.TB) *document.Printer {
	t.Helper()
	p, err := document.NewPrinter(fonts(t))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// tool runs a program of poppler-utils on a document.
func tool(t testing.TB, pdf []byte, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		lacking(t, name, "poppler-utils")
	}
	path := filepath.Join(t.TempDir(), "document.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, a := range args {
		if a == "FILE" {
			args[i] = path
		}
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Logf("%s: %v", name, err)
	}
	return string(out)
}

func picture(seed int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 480, 360))
	for y := range 360 {
		for x := range 480 {
			v := uint8(128 + 90*math.Sin(float64(x*(seed+1))/70)*math.Cos(float64(y)/50) + float64((x*7+y*13+seed)%17))
			img.Set(x, y, color.RGBA{v, uint8(int(v)*(seed%5+3)/8 + 20), 255 - v/2, 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 75}); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func hash(i int) string {
	sum := sha256.Sum256(fmt.Append(nil, i))
	return hex.EncodeToString(sum[:])
}

func strokes() [][]document.Point {
	var a, b []document.Point
	for i := range 120 {
		x := float64(i)
		a = append(a, document.Point{X: 20 + x*1.8, Y: 60 + 30*math.Sin(x/7)*math.Cos(x/29), T: x * 16})
		b = append(b, document.Point{X: 60 + x*1.2, Y: 100 - x/8 + 8*math.Sin(x/4), T: 2000 + x*16})
	}
	return [][]document.Point{a, b, {{X: 250, Y: 40}}}
}

const (
	longZh = "北京市海淀区中关村南大街甲二十七号中扬大厦西配楼十二层一千二百零八室东侧靠电梯第三个门请先按门铃再打电话联系业主本人谢谢"
	longEn = "Flat 12B, Westhouse Annexe, 127 Upper St Bartholomew's Road"
)

var (
	steps    = []string{"introduce", "explain", "safety", "cabling", "activate", "show", "clean_up", "satisfied", "service_card"}
	titles   = []string{"Knock, show the badge, introduce yourself", "Explain the work, hand over the form, agree the places", "Check power, height, fire, road and night", "Cable, splice, label both ends", "Enter the authentication code, dial up", "Show the customer how it works", "Clean up, take the rubbish along", "Ask whether the customer is satisfied", "Leave the service card, announce the follow-up"}
	photoOf  = []string{"drop_cable_route", "splitter_label", "terminal_installed", "acceptance_form", "service_agreement"}
	consents = document.Text{
		document.Chinese: "本人确认：上述工作已经完成并经本人验收，设备及资料已交付；本人同意为本次服务保存照片、签名和测试数据，并知悉客服将回访了解服务情况。",
		document.English: "I confirm that the work above was done and accepted by me, and that equipment and papers were handed over. I agree that photos, signature and test values are kept as a record of this service, and I know that I will be asked how it went.",
	}
)

func reading(part, value, unit, limit, instrument string, passed bool) document.Reading {
	return document.Reading{Part: part, Value: value, Unit: unit, Limit: limit, Instrument: instrument, Judged: true, Passed: passed}
}

// small is a form with nothing that can be left out.
func small(languages ...document.Language) document.Form {
	return document.Form{
		Languages: languages, No: "TR-20260314-0007-F1", Service: "TR-20260314-0007", Operator: "Example Broadband",
		Zone: time.UTC, Made: after(130), VerifyURL: "https://service.example/verify/TR-20260314-0007-F1", Standard: "broadband-2",
		Customer: document.Customer{Name: "Ada Li", Address: "Torstr. 1, 10119 Berlin", Phone: "+49 30 123456"},
		Kind:     "install", Product: "Fibre 300", ContractMbps: 300,
		Visit: document.Visit{Installer: "Lin Wei", InstallerID: "W-1042", From: day, Until: after(120), Arrived: after(3), Entered: after(5), Completed: after(95)},
		Tests: []document.Test{{No: 1, At: after(70), Parts: []document.Reading{
			reading("resources", "port ok, line ok", "", "", "", true),
			reading("optical_power", "-19.5", "dBm", "> -25 dBm", "PM-20", true),
			reading("speed", "312", "Mbit/s", "≥ 300 Mbit/s", "", true),
		}}},
		Satisfaction: "yes",
		Signature:    &document.Signature{Strokes: strokes(), Signer: "customer", Name: "Ada Li", At: after(93), Version: "consent-1", Consent: consents},
	}
}

// large is a form with everything, and much of it.
func large(languages ...document.Language) document.Form {
	f := small(languages...)
	f.Operator, f.Zone, f.Order, f.Territory = "示例宽带运营有限公司北京分公司", shanghai, "WEB-20260313-889-1234567", "北京海淀"
	f.Customer = document.Customer{Name: "欧阳明月", Address: longZh + " / " + longEn, Phone: "+86 139 0000 1234"}
	f.Product, f.ContractMbps, f.Kind = "全光组网 1000M 融合套餐（含 IPTV）", 1000, "repair"
	f.Visit.Installer, f.Visit.Place = "林伟", &document.Place{Latitude: 39.964512, Longitude: 116.321784}
	for i := range 12 {
		s := document.Step{ID: "custom", Rule: "VI-5", Title: "A further step of this operator's own standard, with a rather long title", At: after(5 + 6*i), By: "W-1042"}
		if i < len(steps) {
			s.ID, s.Title, s.Rule = steps[i], titles[i], fmt.Sprintf("VI-%d", i+2)
		}
		f.Steps = append(f.Steps, s)
	}
	f.Steps[3].Values = map[string]string{"customer_label": "ONT-7 LAN1", "splitter_label": "BJ-HD-ZGC-0127-分光器2-端口12/7-0123456789ABCDEF0123456789ABCDEF"}
	f.Steps[4].Values = map[string]string{"authentication_code": "0815"}
	f.Steps[5].Skipped = "customer_declined"
	f.Steps[7].Values = map[string]string{"answer": "yes"}
	f.Tests = nil
	for i := range 5 {
		power := fmt.Sprintf("%.1f", -28.4+2*float64(i))
		t := document.Test{No: i + 1, At: after(20 + 10*i), Before: i == 0, Parts: []document.Reading{
			reading("resources", "端口一致，线路一致", "", "", "", true),
			reading("authentication", "in sync", "", "", "", i != 1),
			reading("optical_power", power, "dBm", "> -25 dBm", "光功率计 JW3208 No. 20241107-55", i > 1),
			reading("speed", strconv.Itoa(400+200*i), "Mbit/s", "≥ 1000 Mbit/s", "Speedtest 5.1", i > 2),
		}}
		if i == 0 {
			for j := range t.Parts {
				t.Parts[j].Judged = false
			}
		}
		if i == 2 {
			t.Remedy = "重新熔接入户光缆，更换跳纤 / spliced the drop cable again, new patch cord"
		}
		f.Tests = append(f.Tests, t)
	}
	f.Equipment = []document.Equipment{{What: "光猫 ONT HG8245", Serial: "48575443A1B2C3D4"}, {What: "机顶盒 Set-top box", Serial: "STB-0099-2231"}}
	for i := range 12 {
		p := document.Photo{Kind: photoOf[i%len(photoOf)], SHA256: hash(i), Taken: after(30 + i), Received: after(31 + i), Thumb: picture(i)}
		switch i {
		case 4:
			p.Thumb, p.Taken, p.Flags = nil, time.Time{}, []string{"no_time", "no_place"}
		case 7:
			p.Flags = []string{"label_off"}
		}
		f.Photos = append(f.Photos, p)
	}
	f.Charges = &document.Charges{Class: "A", Currency: "CNY", Receipt: "R-2026-000123", Items: []document.Charge{{What: "上门服务费 Call-out", Amount: 5000}, {What: "皮线光缆 30 m drop cable", Amount: 4590}}}
	f.Override = &document.Override{By: "王主管 (S-0031)", Reason: "用户家中无宽带业务协议原件，已电话确认。 The agreement follows by post.", Missing: []string{"VI-8 photo: service_agreement 业务协议", "VI-7 speed below the contracted rate in the second room"}}
	return f
}

func note(languages ...document.Language) document.Note {
	return document.Note{
		Languages: languages, No: "TR-20260314-0007-N1", Service: "TR-20260314-0007", Operator: "示例宽带运营有限公司北京分公司", Zone: shanghai, Made: after(30),
		Salute:   document.Text{document.Chinese: "尊敬的", document.English: "Dear"},
		Customer: document.Customer{Name: "欧阳明月", Address: longZh}, Installer: "林伟", Arrived: after(3), Left: after(19),
		Phone: "+86 138 0000 5678", Hotline: "10000", Photo: picture(3), VerifyURL: "https://service.example/verify/TR-20260314-0007-N1",
	}
}
