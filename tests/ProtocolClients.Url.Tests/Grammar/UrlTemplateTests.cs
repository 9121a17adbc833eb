namespace ProtocolClients.UrlTests.Grammar;

public sealed class UrlTemplateTests
{
    // The variables of RFC 6570 §3.2.
    private static readonly (string Name, TemplateValue Value)[] Rfc =
    [
        ("count", new[] { "one", "two", "three" }),
        ("dom", new[] { "example", "com" }),
        ("dub", "me/too"),
        ("hello", "Hello World!"),
        ("half", "50%"),
        ("var", "value"),
        ("who", "fred"),
        ("base", "http://example.com/home/"),
        ("path", "/foo/bar"),
        ("list", new[] { "red", "green", "blue" }),
        ("keys", new[] { ("semi", (string?)";"), ("dot", "."), ("comma", ",") }),
        ("v", 6),
        ("x", 1024),
        ("y", 768),
        ("empty", ""),
        ("empty_keys", Array.Empty<string>()),
        ("undef", default),
    ];

    [Theory]
    // RFC 6570 §1.2 Level 1 Examples
    [InlineData("{var}", "value")]
    [InlineData("'{var}'", "'value'")]
    [InlineData("{hello}", "Hello%20World%21")]
    // RFC 6570 §1.2 Level 2 Examples
    [InlineData("{+var}", "value")]
    [InlineData("{+hello}", "Hello%20World!")]
    [InlineData("{+path}/here", "/foo/bar/here")]
    [InlineData("here?ref={+path}", "here?ref=/foo/bar")]
    // RFC 6570 §1.2 Level 3 Examples
    [InlineData("map?{x,y}", "map?1024,768")]
    [InlineData("{x,hello,y}", "1024,Hello%20World%21,768")]
    [InlineData("{+x,hello,y}", "1024,Hello%20World!,768")]
    [InlineData("{+path,x}/here", "/foo/bar,1024/here")]
    [InlineData("{#x,hello,y}", "#1024,Hello%20World!,768")]
    [InlineData("{#path,x}/here", "#/foo/bar,1024/here")]
    [InlineData("X{.var}", "X.value")]
    [InlineData("X{.x,y}", "X.1024.768")]
    [InlineData("{/var}", "/value")]
    [InlineData("{/var,x}/here", "/value/1024/here")]
    [InlineData("{;x,y}", ";x=1024;y=768")]
    [InlineData("{;x,y,empty}", ";x=1024;y=768;empty")]
    [InlineData("{?x,y}", "?x=1024&y=768")]
    [InlineData("{?x,y,empty}", "?x=1024&y=768&empty=")]
    [InlineData("?fixed=yes{&x}", "?fixed=yes&x=1024")]
    [InlineData("{&x,y,empty}", "&x=1024&y=768&empty=")]
    // RFC 6570 §1.2 Level 4 Examples
    [InlineData("{var:3}", "val")]
    [InlineData("{var:30}", "value")]
    [InlineData("{list}", "red,green,blue")]
    [InlineData("{list*}", "red,green,blue")]
    [InlineData("{keys}", "semi,%3B,dot,.,comma,%2C")]
    [InlineData("{keys*}", "semi=%3B,dot=.,comma=%2C")]
    [InlineData("{+path:6}/here", "/foo/b/here")]
    [InlineData("{+list}", "red,green,blue")]
    [InlineData("{+list*}", "red,green,blue")]
    [InlineData("{+keys}", "semi,;,dot,.,comma,,")]
    [InlineData("{+keys*}", "semi=;,dot=.,comma=,")]
    [InlineData("{#path:6}/here", "#/foo/b/here")]
    [InlineData("{#list}", "#red,green,blue")]
    [InlineData("{#list*}", "#red,green,blue")]
    [InlineData("{#keys}", "#semi,;,dot,.,comma,,")]
    [InlineData("{#keys*}", "#semi=;,dot=.,comma=,")]
    [InlineData("X{.var:3}", "X.val")]
    [InlineData("X{.list}", "X.red,green,blue")]
    [InlineData("X{.list*}", "X.red.green.blue")]
    [InlineData("X{.keys}", "X.semi,%3B,dot,.,comma,%2C")]
    [InlineData("{/var:1,var}", "/v/value")]
    [InlineData("{/list}", "/red,green,blue")]
    [InlineData("{/list*}", "/red/green/blue")]
    [InlineData("{/list*,path:4}", "/red/green/blue/%2Ffoo")]
    [InlineData("{/keys}", "/semi,%3B,dot,.,comma,%2C")]
    [InlineData("{/keys*}", "/semi=%3B/dot=./comma=%2C")]
    [InlineData("{;hello:5}", ";hello=Hello")]
    [InlineData("{;list}", ";list=red,green,blue")]
    [InlineData("{;list*}", ";list=red;list=green;list=blue")]
    [InlineData("{;keys}", ";keys=semi,%3B,dot,.,comma,%2C")]
    [InlineData("{;keys*}", ";semi=%3B;dot=.;comma=%2C")]
    [InlineData("{?var:3}", "?var=val")]
    [InlineData("{?list}", "?list=red,green,blue")]
    [InlineData("{?list*}", "?list=red&list=green&list=blue")]
    [InlineData("{?keys}", "?keys=semi,%3B,dot,.,comma,%2C")]
    [InlineData("{?keys*}", "?semi=%3B&dot=.&comma=%2C")]
    [InlineData("{&var:3}", "&var=val")]
    [InlineData("{&list}", "&list=red,green,blue")]
    [InlineData("{&list*}", "&list=red&list=green&list=blue")]
    [InlineData("{&keys}", "&keys=semi,%3B,dot,.,comma,%2C")]
    [InlineData("{&keys*}", "&semi=%3B&dot=.&comma=%2C")]
    // RFC 6570 §2.1 Literals
    [InlineData("'{count}'", "'one,two,three'")]
    // RFC 6570 §3.2.1 Variable Expansion
    [InlineData("{count}", "one,two,three")]
    [InlineData("{count*}", "one,two,three")]
    [InlineData("{/count}", "/one,two,three")]
    [InlineData("{/count*}", "/one/two/three")]
    [InlineData("{;count}", ";count=one,two,three")]
    [InlineData("{;count*}", ";count=one;count=two;count=three")]
    [InlineData("{?count}", "?count=one,two,three")]
    [InlineData("{?count*}", "?count=one&count=two&count=three")]
    [InlineData("{&count*}", "&count=one&count=two&count=three")]
    // RFC 6570 §3.2.2 Simple String Expansion
    [InlineData("{half}", "50%25")]
    [InlineData("O{empty}X", "OX")]
    [InlineData("O{undef}X", "OX")]
    [InlineData("{x,y}", "1024,768")]
    [InlineData("?{x,empty}", "?1024,")]
    [InlineData("?{x,undef}", "?1024")]
    [InlineData("?{undef,y}", "?768")]
    // RFC 6570 §3.2.3 Reserved Expansion
    [InlineData("{/var,empty}", "/value/")]
    [InlineData("{/var,undef}", "/value")]
    [InlineData("{+half}", "50%25")]
    [InlineData("{base}index", "http%3A%2F%2Fexample.com%2Fhome%2Findex")]
    [InlineData("{+base}index", "http://example.com/home/index")]
    [InlineData("O{+empty}X", "OX")]
    [InlineData("O{+undef}X", "OX")]
    [InlineData("up{+path}{var}/here", "up/foo/barvalue/here")]
    // RFC 6570 §3.2.4 Fragment Expansion
    [InlineData("{#var}", "#value")]
    [InlineData("{#hello}", "#Hello%20World!")]
    [InlineData("{#half}", "#50%25")]
    [InlineData("foo{#empty}", "foo#")]
    [InlineData("foo{#undef}", "foo")]
    // RFC 6570 §3.2.5 Label Expansion with Dot-Prefix
    [InlineData("{.who}", ".fred")]
    [InlineData("{.who,who}", ".fred.fred")]
    [InlineData("{.half,who}", ".50%25.fred")]
    [InlineData("www{.dom*}", "www.example.com")]
    [InlineData("X{.empty}", "X.")]
    [InlineData("X{.undef}", "X")]
    [InlineData("X{.empty_keys}", "X")]
    [InlineData("X{.empty_keys*}", "X")]
    // RFC 6570 §3.2.6 Path Segment Expansion
    [InlineData("{/who}", "/fred")]
    [InlineData("{/who,who}", "/fred/fred")]
    [InlineData("{/half,who}", "/50%25/fred")]
    [InlineData("{/who,dub}", "/fred/me%2Ftoo")]
    // RFC 6570 §3.2.7 Path-Style Parameter Expansion
    [InlineData("{;who}", ";who=fred")]
    [InlineData("{;half}", ";half=50%25")]
    [InlineData("{;empty}", ";empty")]
    [InlineData("{;v,empty,who}", ";v=6;empty;who=fred")]
    [InlineData("{;v,bar,who}", ";v=6;who=fred")]
    [InlineData("{;x,y,undef}", ";x=1024;y=768")]
    // RFC 6570 §3.2.8 Form-Style Query Expansion
    [InlineData("{?who}", "?who=fred")]
    [InlineData("{?half}", "?half=50%25")]
    [InlineData("{?x,y,undef}", "?x=1024&y=768")]
    // RFC 6570 §3.2.9 Form-Style Query Continuation
    [InlineData("{&who}", "&who=fred")]
    [InlineData("{&half}", "&half=50%25")]
    [InlineData("{&x,y,undef}", "&x=1024&y=768")]
    public void The_examples_of_the_rfc_expand_as_it_says(string template, string expected) =>
        Assert.Equal(expected, UrlTemplate.Parse(template).Expand(Rfc));

    [Theory]
    [InlineData("{", 1)]
    [InlineData("a{id", 2)]
    [InlineData("a}", 2)]
    [InlineData("{}", 2)]
    [InlineData("{?}", 3)]
    [InlineData("{a,}", 4)]
    [InlineData("{,a}", 2)]
    [InlineData("{/id*b}", 6)]
    [InlineData("{/?id}", 3)]
    [InlineData("{var:prefix}", 6)]
    [InlineData("{var:2*}", 6)]
    [InlineData("{var:0}", 6)]
    [InlineData("{var:01}", 6)]
    [InlineData("{var:10000}", 6)]
    [InlineData("{var:}", 6)]
    [InlineData("{!var}", 2)]
    [InlineData("{=var}", 2)]
    [InlineData("{|var}", 2)]
    [InlineData("{@var}", 2)]
    [InlineData("{with space}", 6)]
    [InlineData("{ x}", 2)]
    [InlineData("{x }", 3)]
    [InlineData("{x, y}", 4)]
    [InlineData("{x.}", 3)]
    [InlineData("{.x..y}", 4)]
    [InlineData("{~thing}", 2)]
    [InlineData("{default-uri}", 9)]
    [InlineData("{%2x}", 2)]
    [InlineData("{{a}}", 2)]
    [InlineData("a b", 2)]
    [InlineData("a%2", 2)]
    [InlineData("a%zz", 2)]
    [InlineData("a<b", 2)]
    [InlineData("a\nb", 2)]
    [InlineData("a\uD800", 2)]
    public void A_malformed_template_is_refused_with_the_place(string template, int position)
    {
        FormatException error = Assert.Throws<FormatException>(() => UrlTemplate.Parse(template));
        Assert.EndsWith($"at character {position}.", error.Message, StringComparison.Ordinal);
        Assert.False(UrlTemplate.TryParse(template, out UrlTemplate? parsed, out string? clause));
        Assert.Null(parsed);
        Assert.NotEmpty(clause);
    }

    [Fact]
    public void Names_may_have_dots_digits_and_encoded_bytes()
    {
        UrlTemplate template = UrlTemplate.Parse("/{42}{?last.name,Stra%C3%9Fe}");
        Assert.Equal(["42", "last.name", "Stra%C3%9Fe"], template.Variables);
        Assert.Equal("/a?last.name=Doe&Stra%C3%9Fe=Gr%C3%BCner%20Weg", template.Expand(("42", "a"), ("last.name", "Doe"), ("Stra%C3%9Fe", "Grüner Weg")));
        Assert.Equal("/{42}{?last.name,Stra%C3%9Fe}", template.ToString());
    }

    [Fact]
    public void Reserved_expansion_keeps_encoded_bytes_and_encodes_other_percent_signs()
    {
        Assert.Equal("admin%2F%25foo", UrlTemplate.Parse("{+id,not}").Expand(("id", "admin%2F%foo")));
        Assert.Equal("#a%2Fb%25", UrlTemplate.Parse("{#id}").Expand(("id", "a%2Fb%")));
        Assert.Equal("a%252Fb", UrlTemplate.Parse("{id}").Expand(("id", "a%2Fb")));
    }

    [Fact]
    public void Prefixes_count_characters_and_are_for_text_alone()
    {
        Assert.Equal("%F0%9F%99%82a", UrlTemplate.Parse("{x:2}").Expand(("x", "🙂abc")));
        Assert.Equal("x", Assert.Throws<ArgumentException>(() => UrlTemplate.Parse("{x:2}").Expand(("x", new[] { "a" }))).ParamName);
        Assert.Throws<ArgumentException>(() => UrlTemplate.Parse("{x:2}").Expand(("x", new[] { ("a", (string?)"b") })));
    }

    [Fact]
    public void Values_come_as_text_numbers_lists_maps_or_nothing()
    {
        UrlTemplate template = UrlTemplate.Parse("{?a*,b,c*,d}");
        Assert.Equal("?a=1&a=2&b=-7&k=v", template.Expand(("a", TemplateValue.List("1", null, "2")), ("b", -7), ("c", new Dictionary<string, string> { ["k"] = "v" }), ("d", (string?)null)));
        Assert.Equal("", template.Expand());
        Assert.Equal("", template.Expand(("a", TemplateValue.List()), ("c", TemplateValue.Map()), ("unknown", "x")));
        Assert.Throws<ArgumentException>(() => template.Expand(("a", "1"), ("a", "2")));
        Assert.Throws<ArgumentException>(() => template.Expand(("b", "\uD800")));
        Assert.Equal((TemplateValue)"a", TemplateValue.FromString("a"));
        Assert.NotEqual((TemplateValue)"a", (TemplateValue)new[] { "a" });
    }

    [Theory]
    [InlineData("/{user}/repos{?page,sort}", "/ann%20b/repos?page=2", "user=ann b;page=2")]
    [InlineData("/{user}/repos{?page,sort}", "/ann/repos", "user=ann")]
    [InlineData("/{user}/repos{?page,sort}", "/ann/repos?sort=x&page=2", null)]
    [InlineData("/{user}/repos{?page,sort}", "/ann/other", null)]
    [InlineData("/{user}/repos{?page,sort}", "/ann/repos?page=2&sort=&x=1", null)]
    [InlineData("{+path}.html{#part}", "/a/b,c.html#d", "path=/a/b,c;part=d")]
    [InlineData("{/a}{/b}", "/1/2", "a=1;b=2")]
    [InlineData("{;x,empty}", ";x=1;empty", "x=1;empty=")]
    [InlineData("{a}-{a}", "1-1", "a=1")]
    [InlineData("{a}-{a}", "1-2", null)]
    [InlineData("{a}{b}", "12", null)]
    [InlineData("{a*}", "12", null)]
    [InlineData("{a:1}", "1", null)]
    [InlineData("x", "x", "")]
    [InlineData("x", "xy", null)]
    public void A_simple_template_is_matched_backwards(string template, string text, string? expected)
    {
        bool matched = UrlTemplate.Parse(template).TryMatch(text, out IReadOnlyDictionary<string, string>? values);
        Assert.Equal(expected is not null, matched);
        if (matched) Assert.Equal(expected, string.Join(';', values!.Select(static pair => $"{pair.Key}={pair.Value}")));
    }
}
