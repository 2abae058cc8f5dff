#include "exporters/xml_text.h"

#include <gtest/gtest.h>

namespace twingrad {
namespace {

TEST(XmlText, EscapesMarkupAndReplacesWhatXmlForbids) {
  EXPECT_EQ(xml_text("a<b>&\"c'"), "a&lt;b&gt;&amp;&quot;c'");
  EXPECT_EQ(xml_text("line\nbell\x07\x7f"), "line?bell??");
  EXPECT_EQ(xml_text("na\xc3\xafve \xe5\x90\x8d"), "na\xc3\xafve \xe5\x90\x8d");
  EXPECT_EQ(xml_text("\ufffd\ufffe\uffff"), "\ufffd??");
  EXPECT_EQ(xml_text("cut \xe5\x90"), "cut ??");
  EXPECT_EQ(xml_text(""), "");
}

}  // namespace
}  // namespace twingrad
