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
    [InlineData("sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", "sha256")]
    [InlineData("sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=?ct=text/plain", "sha256")]
    [InlineData("sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", "sha256")]
    [InlineData(
        " sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=  crc32-AAAA\tsha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw== ",
        "sha512")]
    public void Integrity_metadata_is_read_and_the_strongest_algorithm_counts(string text, string algorithm)
    {
        Checksum checksum = Checksum.Parse(text);
        Assert.Equal(algorithm, checksum.Algorithm);
        Assert.Equal(checksum, Checksum.Parse(checksum.ToString()));
        using IncrementalHash hash = checksum.CreateHash();
        hash.AppendData("abc"u8);
        checksum.Verify(hash);
        hash.AppendData("abd"u8);
        Assert.Throws<IntegrityException>(() => checksum.Verify(hash));
    }

    [Theory]
    [InlineData("")]
    [InlineData("sha256-")]
    [InlineData("sha256-AAAA")]
    [InlineData("sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa")]
    [InlineData("blake2b-AAAA")]
    [InlineData("sha256sha256sha256:00")]
    [InlineData("ba7816bf")]
    [InlineData("crc32:00000000")]
    [InlineData("sha256:")]
    [InlineData("sha256:ba78")]
    [InlineData("md5:900150983cd24fb0d6963f7d28e17f7g")]
    public void A_text_that_is_no_checksum_is_refused(string text) => Assert.Throws<FormatException>(() => Checksum.Parse(text));
}
