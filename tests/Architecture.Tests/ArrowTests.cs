using System.Text.RegularExpressions;

namespace Architecture.Tests;

/// <summary>The arrows between packages go down only; siblings never see each other.</summary>
public sealed partial class ArrowTests
{
    private static readonly string[] Rooms = ["Http", "Ftp", "Smtp", "Pop3", "Imap", "Nntp", "Telnet", "Gopher", "Lookup"];

    public static TheoryData<string> Packages => Repository.PackageNames;

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_package_sees_only_the_floors_below(string package)
    {
        string project = File.ReadAllText(Path.Combine(Repository.Root, "src", package, package + ".csproj"));
        Assert.Empty(Forbidden(Short(package), References(project)));
    }

    [Theory]
    [InlineData("Transport", "Servers")]
    [InlineData("Http", "Ftp")]
    [InlineData("Http", "Url")]
    [InlineData("Ftp", "Mime")]
    [InlineData("Servers", "Transport")]
    [InlineData("Url", "Testing")]
    [InlineData("Mime", "Transport")]
    [InlineData("Testing", "Url")]
    public void An_arrow_that_goes_up_or_sideways_is_found(string package, string reference) =>
        Assert.Equal([reference], Forbidden(package, [reference, .. Allowed(package)]));

    [Fact]
    public void A_package_without_a_floor_is_found() => Assert.Throws<InvalidOperationException>(() => Forbidden("Novelty", []));

    [Fact]
    public void References_are_read_from_a_project() =>
        Assert.Equal(["Http"], References("<ProjectReference Include=\"..\\ProtocolClients.Http\\ProtocolClients.Http.csproj\" />"));

    private static string Short(string package) => package["ProtocolClients".Length..].TrimStart('.');

    private static string[] References(string project) => [.. Reference().Matches(project).Select(m => m.Groups["name"].Value.TrimStart('.'))];

    private static string[] Forbidden(string package, string[] references) => [.. references.Except(Allowed(package))];

    // Floors 0 to 4; one line a kind of package.
    private static string[] Allowed(string package) => package switch
    {
        "Mime" or "Transport" or "Servers" => [],
        "Smtp" or "Pop3" or "Imap" or "Nntp" => ["Transport", "Mime"],
        _ when Rooms.Contains(package) => ["Transport"],
        "XmlRpc" => ["Transport", "Http"],
        "Url" => ["Transport", .. Rooms],
        "Testing" => ["Servers", "Transport", "Mime", "XmlRpc", .. Rooms],
        "" => ["Transport", "Servers", "Mime", "Url", "XmlRpc", .. Rooms],
        "Tool" => ["Transport", "Servers", "Mime", "Url", "XmlRpc", "Testing", "", .. Rooms],
        _ => throw new InvalidOperationException($"{package} has no floor: give it one in ArrowTests."),
    };

    [GeneratedRegex(@"ProjectReference\s+Include=""[^""]*[\\/]ProtocolClients(?<name>[^""\\/]*)\.csproj""", RegexOptions.ExplicitCapture)]
    private static partial Regex Reference();
}
