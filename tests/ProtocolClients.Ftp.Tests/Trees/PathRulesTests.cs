namespace ProtocolClients.FtpTests;

public sealed class PathRulesTests
{
    [Theory]
    [InlineData("*.txt", "a.txt", true)]
    [InlineData("*.txt", "x/y/a.txt", true)]
    [InlineData("*.txt", "a.txt.gz", false)]
    [InlineData("/*.txt", "a.txt", true)]
    [InlineData("/*.txt", "x/a.txt", false)]
    [InlineData("x/*.txt", "x/a.txt", true)]
    [InlineData("x/*.txt", "y/x/a.txt", false)]
    [InlineData("x/*.txt", "x/y/a.txt", false)]
    [InlineData("x/**/a.txt", "x/a.txt", true)]
    [InlineData("x/**/a.txt", "x/y/z/a.txt", true)]
    [InlineData("x/**/a.txt", "z/a.txt", false)]
    [InlineData("**/b/*.c", "b/x.c", true)]
    [InlineData("**/b/*.c", "a/a/b/x.c", true)]
    [InlineData("x/**", "x/y", true)]
    [InlineData("x/**", "x/y/z", true)]
    [InlineData("x/**", "x", false)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "a/c", false)]
    [InlineData("a*c", "a/c", false)]
    [InlineData("A.txt", "a.txt", false)]
    [InlineData("*", "anything", true)]
    [InlineData("**/**/x", "a/b/x", true)]
    [InlineData("a*b*c", "aXbYbZc", true)]
    [InlineData("[a]", "a", false)]
    [InlineData("[a]", "[a]", true)]
    public void A_pattern_matches_paths(string pattern, string path, bool expected)
    {
        Assert.Equal(expected, new PathRules([pattern], []).Admits(path, isDirectory: false));
        Assert.Equal(!expected, new PathRules([], [pattern]).Admits(path, isDirectory: false));
    }

    [Fact]
    public void A_slash_at_the_end_is_for_directories_only()
    {
        var rules = new PathRules([], ["tmp/"]);
        Assert.False(rules.Admits("a/tmp", isDirectory: true));
        Assert.True(rules.Admits("a/tmp", isDirectory: false));
    }

    [Fact]
    public void What_is_excluded_stays_out_though_it_is_included()
    {
        var rules = new PathRules(["*.cs"], ["/obj/"]);
        Assert.True(rules.Admits("a.cs", isDirectory: false));
        Assert.True(rules.Admits("src", isDirectory: true));
        Assert.False(rules.Admits("obj", isDirectory: true));
        Assert.False(rules.Admits("a.md", isDirectory: false));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("../x")]
    [InlineData("a//b")]
    [InlineData("a/./b")]
    public void What_is_no_pattern_is_refused(string pattern) => Assert.Throws<ArgumentException>(() => new PathRules([], [pattern]));

    [Fact]
    public void No_pattern_takes_longer_than_the_product_of_the_lengths()
    {
        // Backtracking would not end: 2^40 ways.
        string pattern = string.Join('/', Enumerable.Repeat("**/a*a*a*a*b", 20));
        string path = string.Join('/', Enumerable.Repeat(new string('a', 100), 60));
        Assert.False(new PathRules([pattern], []).Admits(path, isDirectory: false));
    }
}
