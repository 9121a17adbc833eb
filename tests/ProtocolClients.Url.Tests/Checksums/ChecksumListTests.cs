namespace ProtocolClients.UrlTests;

public sealed class ChecksumListTests
{
    private const string Md5 = "900150983cd24fb0d6963f7d28e17f72";
    private const string Sha1 = "a9993e364706816aba3e25717850c26c9cd0d89d";
    private const string Sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    [Theory]
    [InlineData(Sha256 + "  a.txt", "a.txt", "sha256:" + Sha256)]
    [InlineData(Sha256 + " *a.txt", "a.txt", "sha256:" + Sha256)]
    [InlineData(Sha256 + " a.txt", "a.txt", "sha256:" + Sha256)]
    [InlineData(Sha256 + "\ta.txt\r\n", "a.txt", "sha256:" + Sha256)]
    [InlineData(Sha256 + "  ./a.txt", "a.txt", "sha256:" + Sha256)]
    [InlineData(Sha256 + "  dir/a.txt", "a.txt", "sha256:" + Sha256)]
    [InlineData(Sha256 + "  a b.txt", "a b.txt", "sha256:" + Sha256)]
    [InlineData(Md5 + "  a.txt", "a.txt", "md5:" + Md5)]
    [InlineData(Sha1 + "  a.txt", "a.txt", "sha1:" + Sha1)]
    [InlineData("\\" + Sha256 + "  a\\\\b\\nc", "a\\b\nc", "sha256:" + Sha256)]
    [InlineData(Sha256 + "  a\\nb", "a\\nb", "sha256:" + Sha256)]
    [InlineData("SHA256 (a (1).txt) = " + Sha256, "a (1).txt", "sha256:" + Sha256)]
    [InlineData("SHA2-256(a.txt)= " + Sha256, "a.txt", "sha256:" + Sha256)]
    [InlineData("MD5 (a.txt) = " + Md5, "a.txt", "md5:" + Md5)]
    [InlineData("# a comment\n\n" + Sha256 + "  a.txt\n", "a.txt", "sha256:" + Sha256)]
    [InlineData("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n" + Sha256 + "  a.txt\n-----BEGIN PGP SIGNATURE-----\n\niQ=\n", "a.txt", "sha256:" + Sha256)]
    [InlineData(Sha256 + "\n", "anything", "sha256:" + Sha256)]
    [InlineData("MD5 (a) = " + Md5 + "\nSHA256 (a) = " + Sha256, "a", "sha256:" + Sha256)]
    [InlineData("SHA256 (a) = " + Sha256 + "\nMD5 (a) = " + Md5, "a", "sha256:" + Sha256)]
    public void Lists_as_they_are_written(string text, string name, string checksum)
    {
        Assert.True(ChecksumList.Parse(text).TryFind(name, out Checksum? found));
        Assert.Equal(checksum, found.ToString());
    }

    [Theory]
    [InlineData(Sha256 + "  a", "B3SUMS", "blake3:" + Sha256)]
    [InlineData(Sha256 + "  a", "https://example.org/pub/a.b3", "blake3:" + Sha256)]
    [InlineData(Sha256 + "  a", "lists/b2sums.txt", "blake2b-256:" + Sha256)]
    [InlineData(Sha256 + Sha256 + "  a", "B2SUMS", "blake2b:" + Sha256 + Sha256)]
    [InlineData(Sha256 + Sha256, "a.b2", "blake2b:" + Sha256 + Sha256)]
    [InlineData(Sha256 + Sha256 + "  a", "SHA512SUMS", "sha512:" + Sha256 + Sha256)]
    [InlineData("\\" + Sha256 + "  a", "B3SUMS", "blake3:" + Sha256)]
    [InlineData("BLAKE3 (a) = " + Sha256, "SUMS", "blake3:" + Sha256)]
    [InlineData("BLAKE2b (a) = " + Sha256 + Sha256, null, "blake2b:" + Sha256 + Sha256)]
    [InlineData("BLAKE2b-256 (a) = " + Sha256, null, "blake2b-256:" + Sha256)]
    [InlineData("SHA256 (a) = " + Sha256 + "\nBLAKE3 (a) = " + Sha256, "B2SUMS", "blake3:" + Sha256)]
    public void A_list_of_b2sum_or_b3sum_is_known_by_its_name(string text, string? name, string checksum)
    {
        Assert.True(ChecksumList.Parse(text, name).TryFind("a", out Checksum? found));
        Assert.Equal(checksum, found.ToString());
    }

    [Theory]
    [InlineData(Sha1 + "  a", "B2SUMS")]
    [InlineData(Sha256 + Sha256 + "  a", "B3SUMS")]
    [InlineData("BLAKE2b-384 (a) = " + Sha256 + Md5, null)]
    public void A_length_that_is_none_of_the_lists_algorithm_is_not_guessed_at(string text, string? name) =>
        Assert.Throws<FormatException>(() => ChecksumList.Parse(text, name));

    [Theory]
    [InlineData(Sha256 + "  a.txt", "b.txt")]
    [InlineData(Sha256 + "  a.txt", "A.txt")]
    [InlineData(Sha256 + "  xa.txt", "a.txt")]
    [InlineData(Sha256 + "  a.txt\n" + Sha256, "b.txt")]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ae  x/a\n" + Sha256 + "  y/a", "a")]
    public void A_name_that_is_not_there_or_in_doubt_is_not_found(string text, string name) => Assert.False(ChecksumList.Parse(text).TryFind(name, out _));

    [Theory]
    [InlineData("")]
    [InlineData("<html>not found</html>")]
    [InlineData("SHA256 (a) = 12")]
    [InlineData("CRC (a) = 00000000")]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ae  a\n" + Sha256 + "  a")]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ae\n" + Sha256)]
    public void What_is_no_list_or_contradicts_itself_is_refused(string text) => Assert.Throws<FormatException>(() => ChecksumList.Parse(text));

    // The values of {"hello": "world"} in RFC 9530, appendix B.
    [Theory]
    [InlineData("sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:", "sha256")]
    [InlineData("sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==:", "sha512")]
    [InlineData("sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=: , sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==:", "sha512")]
    [InlineData("unixsum=:AAA=:, sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:;a=1", "sha256")]
    public void The_strongest_digest_of_a_field_is_taken(string field, string algorithm) => Assert.Equal(algorithm, DigestField.Parse(field)?.Algorithm);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("md5=:kAFQmDzST7DWlj99KOF/cg==:")]
    [InlineData("sha-256=RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=")]
    [InlineData("sha-256=:RK/0:")]
    [InlineData("sha-256=:R!:")]
    [InlineData("sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:, broken")]
    [InlineData("sha-256=:")]
    public void A_broken_or_weak_field_has_none(string? field) => Assert.Null(DigestField.Parse(field));

    [Fact]
    public void Which_field_speaks_of_the_whole()
    {
        const string Value = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
        Assert.NotNull(DigestField.Of(new HttpFields([new("Repr-Digest", Value)]), whole: false));
        Assert.NotNull(DigestField.Of(new HttpFields([new("Content-Digest", Value)]), whole: true));
        Assert.Null(DigestField.Of(new HttpFields([new("Content-Digest", Value)]), whole: false));
        Assert.NotNull(DigestField.Of(new HttpFields([new("Digest", "sha-256=RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=, crc32=x")]), whole: false));
    }
}
