using System.Security.Cryptography;

namespace ProtocolClients.Transport.Tests.Files;

public class ChecksumTests
{
    [Theory]
    [InlineData("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("SHA-256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    [InlineData("sha1:a9993e364706816aba3e25717850c26c9cd0d89d")]
    [InlineData("md5:900150983cd24fb0d6963f7d28e17f72")]
    [InlineData("sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")]
    public void The_published_vector_of_abc_matches(string text)
    {
        Checksum checksum = Checksum.Parse(text);
        using IncrementalHash hash = checksum.CreateHash();
        hash.AppendData("abc"u8);
        checksum.Verify(hash);
        hash.AppendData("abd"u8);
        Assert.False(Assert.Throws<IntegrityException>(() => checksum.Verify(hash)).IsTransient);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ba7816bf")]
    [InlineData("crc32:00000000")]
    [InlineData("sha256:")]
    [InlineData("sha256:ba78")]
    [InlineData("md5:900150983cd24fb0d6963f7d28e17f7g")]
    public void A_text_that_is_no_checksum_is_refused(string text) => Assert.Throws<FormatException>(() => Checksum.Parse(text));
}
