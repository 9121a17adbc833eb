using System.Buffers;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients.Ftp.Tests;

/// <summary>Replies to FEAT, as servers write them.</summary>
public sealed class FtpCapabilitiesTests
{
    private const string ProFtpd = """
        211-Features:
         AUTH TLS
         CCC
         CLNT
         EPRT
         EPSV
         HASH CRC32;MD5;SHA-1;SHA-256*;SHA-512
         HOST
         LANG en-US.UTF-8*;en-US;de-DE
         MDTM
         MFF modify;UNIX.group;UNIX.mode;
         MFMT
         MLST modify*;perm*;size*;type*;unique*;UNIX.group;UNIX.mode;
         PBSZ
         PROT
         REST STREAM
         SITE COPY
         SITE UTIME
         SIZE
         SSCN
         TVFS
         UTF8
         X-UNKNOWN a b
         XCRC filename;start;end
        211 End

        """;

    [Fact]
    public void Everything_that_a_large_server_has()
    {
        FtpCapabilities features = Of(ProFtpd);
        Assert.True(features is { AuthTls: true, Epsv: true, Eprt: true, Host: true, Mdtm: true, Mff: true, Mfmt: true, Pbsz: true, Prot: true });
        Assert.True(features is { RestStream: true, SiteUtime: true, Size: true, Tvfs: true, Utf8: true, XCrc: true });
        Assert.True(features is { Mfct: false, ModeZ: false, XMd5: false, XSha1: false, XSha256: false, XSha512: false });
        Assert.Equal(["CRC32", "MD5", "SHA-1", "SHA-256", "SHA-512"], features.HashAlgorithms);
        Assert.Equal("SHA-256", features.SelectedHashAlgorithm);
        Assert.Equal(["en-US.UTF-8", "en-US", "de-DE"], features.Lang);
        Assert.Equal(["modify", "perm", "size", "type", "unique"], features.Mlst.Where(fact => fact.IsEnabled).Select(fact => fact.Name));
        Assert.Equal(["UNIX.group", "UNIX.mode"], features.Mlst.Where(fact => !fact.IsEnabled).Select(fact => fact.Name));
        Assert.True(features.Has("x-unknown"));
        Assert.Equal(["a b"], features.Values("X-UNKNOWN"));
        Assert.Equal(["COPY", "UTIME"], features.Values("SITE"));
        Assert.True(features.HasSite("copy"));
        Assert.False(features.HasSite("CHMOD"));
        Assert.Empty(features.Values("SIZE"));
        Assert.Equal(22, features.Features.Count);
        Assert.Contains("REST STREAM", features.ToString().Split('\n'));
    }

    [Theory]
    [InlineData("211-Features:\n MLST type*;size*;\n211 End\n", "MLST")]
    [InlineData("211-Features:\n211-MLST type*;size*;\n211-SIZE\n211 End\n", "MLST,SIZE")]
    [InlineData("211-Extensions supported:\nMLST\n  SIZE  \n\n211 END\n", "MLST,SIZE")]
    [InlineData("211-Features:\n size\n SIZE\n211 End\n", "size")]
    [InlineData("211 no features\n", "")]
    [InlineData("211-Features:\n211 End\n", "")]
    public void The_lines_of_a_reply(string reply, string names) => Assert.Equal(names, string.Join(',', Of(reply).Features));

    [Theory]
    [InlineData("AUTH TLS", true)]
    [InlineData("AUTH tls", true)]
    [InlineData("AUTH SSL;TLS-C;", true)]
    [InlineData("AUTH TLS;TLS-C;SSL;TLS-P;", true)]
    [InlineData("AUTH SSL TLS", true)]
    [InlineData("AUTH SSL", false)]
    [InlineData("AUTH GSSAPI", false)]
    [InlineData("AUTH", false)]
    [InlineData("TLS", false)]
    public void AUTH_TLS(string line, bool has) => Assert.Equal(has, FtpCapabilities.Parse([line]).AuthTls);

    [Fact]
    public void AUTH_on_several_lines() => Assert.True(FtpCapabilities.Parse([" AUTH SSL", " AUTH TLS"]).AuthTls);

    [Theory]
    [InlineData("REST STREAM", true, false)]
    [InlineData("rest stream", true, false)]
    [InlineData("REST", false, false)]
    [InlineData("MODE Z", false, true)]
    [InlineData("MODE S;Z", false, true)]
    [InlineData("MODE B", false, false)]
    public void Words_behind_a_name(string line, bool rest, bool deflate)
    {
        var features = FtpCapabilities.Parse([line]);
        Assert.Equal((rest, deflate), (features.RestStream, features.ModeZ));
    }

    [Theory]
    [InlineData("MFCT")]
    [InlineData("XMD5")]
    [InlineData("XSHA1")]
    [InlineData("XSHA256 filename;start;end")]
    [InlineData("XSHA512")]
    public void Names_alone(string line)
    {
        var features = FtpCapabilities.Parse([line]);
        Assert.Equal(
            line.Split(' ')[0],
            features.Mfct ? "MFCT" : features.XMd5 ? "XMD5" : features.XSha1 ? "XSHA1" : features.XSha256 ? "XSHA256" : features.XSha512 ? "XSHA512" : "");
    }

    [Fact]
    public void A_server_without_FEAT()
    {
        Assert.Empty(FtpCapabilities.None.Features);
        Assert.False(FtpCapabilities.None.Has("SIZE"));
        Assert.Null(FtpCapabilities.None.SelectedHashAlgorithm);
        Assert.Empty(FtpCapabilities.None.Mlst);
        Assert.Equal("", FtpCapabilities.None.ToString());
    }

    private static FtpCapabilities Of(string reply)
    {
        var parser = new CodedReplyParser { Style = CodedReplyStyle.FreeLines };
        byte[] bytes = Encoding.UTF8.GetBytes(reply.ReplaceLineEndings("\r\n"));
        Assert.Equal(OperationStatus.Done, parser.TryParse(bytes, out int used, out CodedReply coded));
        Assert.Equal(bytes.Length, used);
        return FtpCapabilities.Parse(coded);
    }
}
