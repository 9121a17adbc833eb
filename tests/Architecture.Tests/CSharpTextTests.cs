namespace Architecture.Tests;

public sealed class CSharpTextTests
{
    [Theory]
    [InlineData("a // await", "a         ")]
    [InlineData("a /* x\ny */ b", "a     \n     b")]
    [InlineData("f(\"await\")", "f(       )")]
    [InlineData("f(\"a\\\"await\") b", "f(          ) b")]
    [InlineData("f('\"', \"x\") b", "f(   ,    ) b")]
    [InlineData("f(@\"a\"\"b\\\") c", "f(        ) c")]
    [InlineData("f($\"a{x}b\") c", "f(    x   ) c")]
    [InlineData("f($\"a{{x}}b\") c", "f(          ) c")]
    [InlineData("f($\"a{g(\"y\")}b\") c", "f(    g(   )   ) c")]
    [InlineData("f(\"\"\"a \"x\" b\"\"\") c", "f(             ) c")]
    [InlineData("f($$\"\"\"{a} {{x}}\"\"\") c", "f(           x     ) c")]
    [InlineData("f(\"\") c", "f(  ) c")]
    [InlineData("\"a\"u8 b", "   u8 b")]
    public void Comments_and_literals_become_blanks(string source, string expected) => Assert.Equal(expected, CSharpText.Blank(source));

    [Fact]
    public void Every_file_of_the_tree_keeps_its_lines_and_its_braces_in_balance()
    {
        foreach (SourceFile file in Repository.Sources("src", "tests"))
        {
            Assert.Equal(file.Text.Count(c => c == '\n'), file.Code.Count(c => c == '\n'));
            Assert.True(file.Code.Count(c => c == '{') == file.Code.Count(c => c == '}'), file.Path);
        }
    }

    [Fact]
    public void Types_are_found_with_their_depth_and_length()
    {
        const string Source = "namespace N;\npublic sealed record R(int A);\ninternal class C<T> : B\n{\n    private enum E { X }\n}\n"
            + "public delegate void D(int a);\npublic readonly record struct S;\n";
        Assert.Equal(
            [("R", 0, 1), ("C", 0, 4), ("E", 1, 1), ("D", 0, 1), ("S", 0, 1)],
            CSharpText.Types(CSharpText.Blank(Source)));
    }

    [Fact]
    public void Identifiers_know_what_they_are_members_of() =>
        Assert.Equal([("a", null), ("B", "a"), ("C", null), ("D", ".")], CSharpText.Identifiers("a.B(C).D"));

    [Fact]
    public void What_is_being_declared_is_no_use_of_a_type() =>
        Assert.Equal(["record", "E", "long", "List", "int", "D", "return", "F"], CSharpText.Identifiers("record E(long A, List<int> B, D? C) return F").Select(i => i.Name));
}
