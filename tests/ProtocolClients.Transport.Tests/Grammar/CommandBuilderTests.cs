using System.Text;

namespace ProtocolClients.Transport.Tests.Grammar;

/// <summary>Command lines.</summary>
public class CommandBuilderTests
{
    [Fact]
    public void A_line_is_a_verb_and_arguments()
    {
        using var command = new CommandBuilder();
        command.Append("MAIL").Append(" FROM:<a@b>").Argument("SIZE=5");
        Assert.Equal("MAIL FROM:<a@b> SIZE=5", Encoding.ASCII.GetString(command.Bytes));
        command.Clear();
        command.Secret("dGVzdA==");
        Assert.Equal("dGVzdA==", Encoding.ASCII.GetString(command.Bytes));
        Assert.Equal("***", command.ToString());
    }

    [Fact]
    public void Secrets_are_marked_where_they_are_written()
    {
        using var command = new CommandBuilder();
        command.Append("a1 LOGIN").Argument("joe").Append(" \"").AppendSecret("geheim").Append("\"").Secret("x").AppendSecret("");
        Assert.Equal("a1 LOGIN joe \"geheim\" x", Encoding.ASCII.GetString(command.Bytes));
        Assert.Equal("a1 LOGIN joe \"***\" ******", command.ToString());
    }

    [Theory]
    [InlineData("a\rb")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    [InlineData("\r\nQUIT")]
    public void CR_LF_and_NUL_are_refused_everywhere(string text)
    {
        using var command = new CommandBuilder();
        command.Append("USER");
        Assert.Throws<ArgumentException>(() => command.Append(text));
        Assert.Throws<ArgumentException>(() => command.Append(Encoding.ASCII.GetBytes(text)));
        Assert.Throws<ArgumentException>(() => command.Argument(text));
        Assert.Throws<ArgumentException>(() => WireText.RefuseControls(text, "path"));
        foreach (Action secret in (Action[])[() => command.Secret(text), () => command.AppendSecret(text)])
        {
            string message = Assert.Throws<ArgumentException>(secret).Message;
            Assert.DoesNotContain(text, message, StringComparison.Ordinal);
        }

        Assert.Equal("USER", Encoding.ASCII.GetString(command.Bytes));
        Assert.Equal("USER", command.ToString());
    }

    [Fact]
    public void Text_beyond_ASCII_needs_UTF8()
    {
        using var ascii = new CommandBuilder();
        Assert.Throws<ArgumentException>(() => ascii.Argument("Grüße"));
        Assert.Equal(0, ascii.Bytes.Length);
        using var utf8 = new CommandBuilder(utf8: true);
        utf8.Argument("Grüße");
        Assert.Equal("Grüße", Encoding.UTF8.GetString(utf8.Bytes));
        Assert.Throws<ArgumentException>(() => utf8.Argument("half \uD83D of a pair"));
        Assert.Equal("Grüße", Encoding.UTF8.GetString(utf8.Bytes));
    }

    [Fact]
    public void A_line_grows_and_a_disposed_one_is_gone()
    {
        var command = new CommandBuilder();
        for (int i = 0; i < 1000; i++) command.Append("0123456789");
        Assert.Equal(10_000, command.Bytes.Length);
        command.Dispose();
        Assert.Throws<ObjectDisposedException>(() => command.Append("x"));
    }
}
