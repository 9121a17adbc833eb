namespace ProtocolClients.Transport.Tests.Files;

public class ChecksumTests
{
    [Theory]
    [InlineData("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("SHA-256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    [InlineData("sha1:a9993e364706816aba3e25717850c26c9cd0d89d")]
    [InlineData("md5:900150983cd24fb0d6963f7d28e17f72")]
    [InlineData("sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")]
    [InlineData("blake3:6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85")]
    [InlineData("blake2b:ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923")]
    [InlineData("BLAKE2b-512:ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923")]
    [InlineData("blake2b:bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319")]
    [InlineData("blake2b-vd2BPGNCOXIxce8/7phXm5SWTjuxyz5CcmLIwGjVIxk=")]
    public void The_published_vector_of_abc_matches(string text)
    {
        Checksum checksum = Checksum.Parse(text);
        using ChecksumHash hash = checksum.CreateHash();
        hash.AppendData("abc"u8);
        checksum.Verify(hash);
        hash.AppendData("abd"u8);
        Assert.False(Assert.Throws<IntegrityException>(() => checksum.Verify(hash)).IsTransient);
    }

    [Theory]
    [InlineData("blake3:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262")]
    [InlineData("blake2b:786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce")]
    public void Nothing_has_a_checksum_too(string text)
    {
        Checksum checksum = Checksum.Parse(text);
        using ChecksumHash hash = checksum.CreateHash();
        checksum.Verify(hash);
    }

    // As RFC 7693, appendix E, checks itself: one hash over those of every length; the value is that of Python's hashlib.
    [Theory]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(int.MaxValue)]
    public void Blake2b_of_every_length_in_pieces_is_that_of_others(int piece)
    {
        byte[] data = [.. Enumerable.Range(0, 1100).Select(static i => (byte)(i * 7 % 251))];
        Checksum all = Checksum.Parse("blake2b:8a3b6da349fd04b64e32ffa40c43a89eb5d632b3528bcf0e585dd6a5d267659e7920831d50b678d6fc6aaf744ddfb523c1b981ce2a3793168afef01224812df4");
        using ChecksumHash grand = all.CreateHash();
        using ChecksumHash whole = all.CreateHash();
        using ChecksumHash half = Checksum.Parse("blake2b:" + new string('0', 64)).CreateHash();
        for (int length = 0; length <= data.Length; length++)
        {
            foreach (ChecksumHash hash in (ChecksumHash[])[whole, half])
            {
                for (int at = 0; at < length; at += Math.Min(piece, length - at)) hash.AppendData(data.AsSpan(at, Math.Min(piece, length - at)));
                grand.AppendData(hash.GetHashAndReset());
            }
        }

        all.Verify(grand);
    }

    [Fact]
    public void The_length_tells_which_blake2b_it_is()
    {
        Checksum half = Checksum.Parse("blake2b:" + new string('a', 64));
        Assert.Equal(("blake2b-256", half), (half.Algorithm, Checksum.Parse(half.ToString())));
        Assert.Equal("blake2b", Checksum.Parse("blake2b:" + new string('a', 128)).Algorithm);
        Assert.Throws<FormatException>(() => Checksum.Parse("blake2b-256:" + new string('a', 128)));
        Assert.Throws<FormatException>(() => Checksum.Parse("blake2b:" + new string('a', 96)));
        string[] byStrength = ["md5", "sha1", "sha256", "blake2b-256", "blake3", "sha384", "sha512", "blake2b"];
        Assert.Equal(
            byStrength,
            byStrength.OrderBy(static name => Checksum.Parse(name + ":" + new string('a', name switch { "md5" => 32, "sha1" => 40, "sha384" => 96, "sha512" or "blake2b" => 128, _ => 64 })).Strength));
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
        using ChecksumHash hash = checksum.CreateHash();
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
