namespace ProtocolClients.FtpTests;

/// <summary>The names under which the TLS sessions of control connections are kept.</summary>
public sealed class TlsSessionTests
{
    [Theory]
    [InlineData("ftp.session-names.example")]
    [InlineData("FTP.Session-Names.Example")]
    [InlineData("10.9.8.7")]
    [InlineData("fe80::9:8")]
    public void Each_control_connection_has_a_name_that_nobody_else_in_the_process_uses(string host)
    {
        TlsSession[] rented = [.. Enumerable.Range(0, 40).Select(_ => TlsSession.Rent(host))];
        string[] names = [.. rented.Select(static session => session.Name!)];
        Assert.Equal(40, names.Distinct(StringComparer.Ordinal).Count());
        // An HTTPS client of the same process spells the host so.
        Assert.DoesNotContain(host.ToLowerInvariant(), names);
        foreach (TlsSession session in rented) session.Dispose();
    }

    [Fact]
    public void A_host_stays_the_host_in_each_spelling()
    {
        using TlsSession session = TlsSession.Rent("stays.example");
        Assert.Equal("stays.example", session.Name, ignoreCase: true);
        Assert.NotEqual("stays.example", session.Name);
    }

    [Fact]
    public void A_name_that_was_given_back_is_used_again()
    {
        string? first;
        using (TlsSession session = TlsSession.Rent("again.example")) first = session.Name;
        using TlsSession next = TlsSession.Rent("again.example");
        Assert.Equal(first, next.Name);
    }

    [Fact]
    public void A_host_of_few_letters_shares_its_names_when_they_are_used_up()
    {
        TlsSession[] rented = [.. Enumerable.Range(0, 5).Select(static _ => TlsSession.Rent("7.x1"))];
        Assert.All(rented, static session => Assert.Equal("7.X1", session.Name));
        foreach (TlsSession session in rented) session.Dispose();
    }
}
