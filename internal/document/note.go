package document

// note lays out a visit note. It is read at a door, so it is larger than the form and says first who was there.
func (s sheet) note(n Note) error {
	text := style{regular, 12, 18, ink}
	strong := style{bold, 12, 18, ink}
	if err := s.title(noteTitle, n.No, n.VerifyURL); err != nil {
		return err
	}
	s.y += 9
	s.paragraph(s.greeting(n), strong)
	s.y += 2
	s.paragraph(s.lang.both(sayVisited, "\n"), text)
	s.y += 4
	s.rule(s.y, hair, 0.2)
	s.y += 4
	big := func(t term, value string, span int) field { return field{s.lang.say(t), value, span} }
	s.largeFields(
		big(labAddress, plain(n.Customer.Address), 4),
		big(labInstaller, plain(n.Installer), 2),
		big(labService, plain(n.Service), 2),
		big(labArrived, s.at(n.Arrived), 2),
		big(labLeft, s.at(n.Left), 2),
		big(labCall, plain(n.Phone), 2),
		big(labHotline, plain(n.Hotline), 2),
	)
	again := clean(s.lang.pick(n.Again))
	if again == "" {
		again = s.lang.both(sayAgain, "\n")
	}
	s.rule(s.y, hair, 0.2)
	s.y += 4
	s.paragraph(s.lang.say(labAgain), strong)
	s.y += 1
	s.paragraph(again, text)
	s.door(n.Photo)
	return nil
}

// greeting is the form of address and the name, as each language puts them.
func (s sheet) greeting(n Note) string {
	name := plain(n.Customer.Name)
	hello := func(l Language, otherwise, end string) string {
		salute := plain(n.Salute[l])
		switch {
		case salute == "" && name == "":
			return otherwise + end
		case salute == "":
			return name + end
		case l == Chinese:
			return salute + name + end
		}
		return salute + " " + name + end
	}
	return s.lang.both(term{hello(Chinese, sayDear.zh, "："), hello(English, sayDear.en, ",")}, "\n")
}

func (s sheet) largeFields(fs ...field) {
	label, value := style{regular, 8.5, 12, grey}, style{regular, 12, 17, ink}
	for i := 0; i < len(fs); {
		var columns []float64
		var cells []cell
		for used := 0; i < len(fs) && used+fs[i].span <= 4; i++ {
			f := fs[i]
			if f.value == "" {
				continue
			}
			columns = append(columns, width*float64(f.span)/4)
			cells = append(cells, cell{{f.label, label}, {f.value, value}})
			used += f.span
		}
		if len(cells) > 0 {
			s.row(columns, cells, 3)
		}
	}
}

// door prints the photo in what is left of the page; where that is too little, the photo is left out, as the words matter
// more.
func (s sheet) door(photo []byte) {
	if len(photo) == 0 {
		return
	}
	s.y += 5
	room := min(bottom-s.y-labelStyle.line()-1, 80)
	if room < 25 {
		return
	}
	if w, h, ok := jpegIn(photo, 110, room); ok {
		s.text(left, s.y, s.lang.say(labDoor), labelStyle)
		s.picture("door", "JPG", photo, left, s.y+labelStyle.line()+1, w, h)
	}
}
