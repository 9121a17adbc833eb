namespace ProtocolClients.UrlTests;

/// <summary>Rows about what servers and lists of mirrors may say of files.</summary>
public sealed partial class SecurityRowTests
{
    [Theory]
    [InlineData(FileNaming.Url, "http://h/a", "server.bin", "asked")]
    [InlineData(FileNaming.ContentDisposition, "http://h/a", "server.bin", "server.bin")]
    [InlineData(FileNaming.ContentDisposition, "http://h/a", null, "asked")]
    [InlineData(FileNaming.ContentDisposition, "http://h:81/a", "server.bin", "asked")]
    [InlineData(FileNaming.ContentDisposition, "https://h/a", "server.bin", "asked")]
    [InlineData(FileNaming.ContentDisposition, "http://evil/a", "server.bin", "asked")]
    [InlineData(FileNaming.Redirected, "http://evil/a", "server.bin", "server.bin")]
    [InlineData(FileNaming.Redirected, "http://evil/other", null, "other")]
    [InlineData(FileNaming.Redirected, "http://evil/", null, "asked")]
    [InlineData(FileNaming.Redirected, "http://evil/..%2Fx", "..", "asked")]
    [InlineData(FileNaming.Redirected, "http://evil/.bashrc", ".bashrc", "asked")]
    [InlineData(FileNaming.ContentDisposition, "http://h/a", "../../x", "asked")]
    [InlineData(FileNaming.ContentDisposition, "http://h/a", "/etc/passwd", "asked")]
    [InlineData(FileNaming.ContentDisposition, "http://h/a", "C:x", "asked")]
    [InlineData(FileNaming.ContentDisposition, "http://h/a", "CON", "asked")]
    [InlineData(FileNaming.ContentDisposition, "http://h/a", ".bashrc", "asked")]
    public void Row_31_a_server_names_a_file_only_where_it_may_and_safely(FileNaming naming, string answered, string? name, string expected) =>
        Assert.Equal(expected, FileNames.Choose(naming, new Uri("http://h/asked"), new Uri(answered), Fields(name is null ? null : $"attachment; filename=\"{name}\"")));

    [Theory]
    [InlineData("../x")]
    [InlineData("a/../x")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("..\\x")]
    [InlineData("C:x")]
    [InlineData("CON")]
    [InlineData("a/NUL.txt")]
    [InlineData(".bashrc")]
    [InlineData(".ssh/config")]
    [InlineData("a/.ssh/config")]
    [InlineData("")]
    [InlineData("a&#10;b")]
    public void Row_31_a_path_in_a_Metalink_document_that_leaves_the_folder_is_refused(string name) =>
        Assert.Throws<WireFormatException>(() => MetalinkDocument.Parse($"<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\"><file name=\"{name}\"><url>https://a/x</url></file></metalink>"));

    private static HttpFields Fields(string? disposition) =>
        disposition is null ? HttpFields.Empty : new HttpFields([new("Content-Disposition", disposition)]);
}
