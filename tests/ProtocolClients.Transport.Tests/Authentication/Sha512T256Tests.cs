using System.Security.Cryptography;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients.Tests.Authentication;

public sealed class Sha512T256Tests
{
    // The examples of FIPS 180-4 for SHA-512/256, the empty text, and the million letters of the older standards.
    [Theory]
    [InlineData("", 1, "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a")]
    [InlineData("abc", 1, "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23")]
    [InlineData(
        "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu", 1,
        "3928e184fb8690f840da3988121d31be65cb9d3ef83ee6146feac861e19b563a")]
    [InlineData("a", 1_000_000, "9a59a052930187a97038cae692f30708aa6491923ef5194394dc68d56c74fb21")]
    public void The_vectors_come_out(string piece, int times, string expected)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(piece, times)));
        Assert.Equal(expected, Convert.ToHexStringLower(Sha512T256.HashData(bytes)));
    }

    // The shape of NIST's Monte Carlo test: each hash is over the three before it. The expected end is from OpenSSL's.
    [Fact]
    public void A_chain_of_a_thousand_hashes_ends_where_it_must()
    {
        byte[][] last = [new byte[32], new byte[32], new byte[32]];
        for (int i = 0; i < 1000; i++) last = [last[1], last[2], Sha512T256.HashData([.. last[0], .. last[1], .. last[2]])];
        Assert.Equal("328e19ad8acda6e0cf42e9ddde2a9f0b3fe6d350bbe78e03328686ee4ca39751", Convert.ToHexStringLower(last[2]));
    }

    // Every length around the ends of blocks; the hash over all of them is from OpenSSL's.
    [Fact]
    public void Every_length_up_to_300_comes_out()
    {
        using IncrementalHash all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int length = 0; length < 300; length++) all.AppendData(Sha512T256.HashData(Pattern(length)));
        Assert.Equal("1384a804b5e6edc400845a4e27a5280a9fc7822ce1fa9e5ed9d21e30c7f98f01", Convert.ToHexStringLower(all.GetHashAndReset()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    public void Pieces_of_any_size_give_the_same_hash(int size)
    {
        byte[] bytes = Pattern(1000);
        var hash = new Sha512T256();
        foreach (byte[] piece in bytes.Chunk(size)) hash.Append(piece);
        Assert.Equal(Sha512T256.HashData(bytes), hash.Finish());
    }

    private static byte[] Pattern(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)((i * 7) + length))];
}
