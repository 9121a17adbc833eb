using ProtocolClients.Testing;

namespace ProtocolClients.FtpTests.Transcripts;

/// <summary>Transfers, byte by byte: the ways in which servers agree on a data connection, begin and end.</summary>
public sealed class TransferTests
{
    private static readonly string[] Beginnings =
    [
        "S: 150 go\nD: hello\nD.\nS: 226 done",
        "S: 125 already open\nD: hello\nD.\nS: 226 done",
        "S: 150 go\nD: hello\nD.\nS: 250 done",
        "S: 150 go\nS: 226 done\nD: hello\nD.",
        "S: 150-go\nS:  on\nS: 150 go\nD: hello\nD.\nS: 226-done\nS: 226 really",
        "D: hello\nD.\nS: 150 go\nS: 226 done",
        "S: 150 go\nS: 150 still\nD: hello\nD.\nS: 226 done",
        "S: 226 done\nD: hello\nD.",
        "D: hello\nD.\nS: 226 done",
    ];

    public static TheoryData<string> Beginning => [.. Beginnings];

    [Theory]
    [MemberData(nameof(Beginning))]
    public async Task A_file_comes_however_the_server_tells_of_it(string transfer)
    {
        await using var server = new ScriptedFtp(ScriptedFtp.LoginBinary + $"\nC: EPSV\nS: 229 Entering (|||40001|)\nC: RETR a b\n{transfer}");
        await using (FtpClient ftp = server.Client()) Assert.Equal("hello", await ftp.ReadTextAsync("a b"));
        await server.DoneAsync();
        Assert.Equal(["peer.test:40001"], server.Dialed);
    }

    [Theory]
    [InlineData("S: 150 go\nD.\nS: 226 done")]
    [InlineData("S: 226 nothing there\nD.")]
    [InlineData("D.\nS: 226 nothing there")]
    public async Task An_empty_listing_is_told_in_several_ways(string transfer)
    {
        await using var server = new ScriptedFtp(ScriptedFtp.Login + $"\nC: SYST\nS: 215 UNIX\nC: EPSV\nS: 229 (|||40001|)\nC: LIST /pub\n{transfer}");
        await using (FtpClient ftp = server.Client()) Assert.Empty(await ftp.ListAsync("/pub").ToListAsync());
        await server.DoneAsync();
    }

    [Fact]
    public async Task An_empty_listing_at_a_port_where_nobody_answers_is_not_waited_for_long()
    {
        var time = new VirtualTime();
        await using var server = new ScriptedFtp(ScriptedFtp.Login + "\nC: SYST\nS: 215 UNIX\nC: EPSV\nS: 229 (|||40001|)\nC: LIST /pub\nS: 226 nothing\nG") { Time = time };
        await using FtpClient ftp = server.Client(static options => options with { Deadlines = Deadlines.Default });
        ValueTask<List<FtpEntry>> listing = ftp.ListAsync("/pub").ToListAsync();
        await server.ReachedAsync();
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(5));
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Empty(await listing);
    }

    [Theory]
    [InlineData("S: 227 Entering Passive Mode (10,0,0,1,156,65)")]
    [InlineData("S: 227 Entering Passive Mode 10,0,0,1,156,65")]
    [InlineData("S: 227 =10,0,0,1,156,65")]
    [InlineData("S: 227 ok 203,0,113,7,156,65.")]
    [InlineData("S: 227-some\nS: 227 more (127,0,0,1,156,65)")]
    public async Task Row_05_where_there_is_no_EPSV_it_is_PASV_and_its_address_is_not_dialed(string passive)
    {
        if (passive.Contains("227-", StringComparison.Ordinal)) passive = passive.Replace("some", "(10,0,0,1,156,65)", StringComparison.Ordinal);
        await using var server = new ScriptedFtp(ScriptedFtp.LoginBinary + $"""

            C: EPSV
            S: 500 what
            C: PASV
            {passive}
            C: RETR a
            S: 150 go
            D: one
            D.
            S: 226 done
            C: PASV
            C: RETR b
            {passive}
            S: 150 go
            D: two
            D.
            S: 226 done
            """);
        await using (FtpClient ftp = server.Client())
        {
            Assert.Equal("one", await ftp.ReadTextAsync("a"));
            // EPSV is not asked for again on this connection.
            Assert.Equal("two", await ftp.ReadTextAsync("b"));
        }

        await server.DoneAsync();
        Assert.Equal(["peer.test:40001", "peer.test:40001"], server.Dialed);
    }

    [Theory]
    [InlineData("S: 229 no port here")]
    [InlineData("S: 229 (|||0|)")]
    [InlineData("S: 229 (|||65536|)")]
    [InlineData("S: 229 (|||-1|)")]
    public async Task An_answer_that_names_no_port_breaks_the_protocol(string passive)
    {
        await using var server = new ScriptedFtp(ScriptedFtp.LoginBinary + "\nC: EPSV\n" + passive);
        await using (FtpClient ftp = server.Client()) await Assert.ThrowsAsync<WireFormatException>(() => ftp.ReadTextAsync("a"));
        await server.DoneAsync();
        Assert.Empty(server.Dialed);
    }

    [Fact]
    public async Task Question_and_command_go_out_in_one_segment_once_the_server_was_seen_to_answer()
    {
        await using var server = new ScriptedFtp(ScriptedFtp.LoginBinary + """

            C: EPSV
            S: 229 (|||40001|)
            C: RETR a
            S: 150 go
            D: one
            D.
            S: 226 done
            C: EPSV
            C: RETR b
            S: 229 (|||40002|)
            S: 150 go
            D: two
            D.
            S: 226 done
            """);
        await using (FtpClient ftp = server.Client())
        {
            Assert.Equal("one", await ftp.ReadTextAsync("a"));
            Assert.Equal("two", await ftp.ReadTextAsync("b"));
        }

        await server.DoneAsync();
        Assert.Equal(["peer.test:40001", "peer.test:40002"], server.Dialed);
    }

    [Fact]
    public async Task A_refusal_is_told_also_when_the_server_listens_no_more()
    {
        // The command is there before the dial: a server that refuses it may have closed the port by then.
        await using var server = new ScriptedFtp(ScriptedFtp.LoginBinary + """

            C: EPSV
            S: 229 (|||40001|)
            C: RETR a
            S: 150 go
            D: one
            D.
            S: 226 done
            C: EPSV
            C: RETR missing
            S: 229 (|||40002|)
            S: 550 no such file
            C: DELE x
            S: 250 gone
            """);
        server.Refused.Add(40002);
        await using (FtpClient ftp = server.Client())
        {
            Assert.Equal("one", await ftp.ReadTextAsync("a"));
            FtpReplyException refusal = await Assert.ThrowsAsync<FtpReplyException>(() => ftp.ReadTextAsync("missing"));
            Assert.Equal((550, "RETR", Delivery.Refused), (refusal.Code, refusal.Command, refusal.Delivery));
            await ftp.DeleteAsync("x");
        }

        await server.DoneAsync();
    }

    [Fact]
    public async Task A_server_that_loses_the_second_of_two_commands_is_asked_one_by_one()
    {
        var time = new VirtualTime();
        await using var server = new ScriptedFtp(
            ScriptedFtp.LoginBinary + """

            C: EPSV
            S: 229 (|||40001|)
            C: RETR a
            S: 150 go
            D: one
            D.
            S: 226 done
            C: EPSV
            C: RETR b
            S: 229 (|||40002|)
            D^
            """,
            ScriptedFtp.LoginBinary + """

            C: EPSV
            Q
            S: 229 (|||40003|)
            C: RETR b
            S: 150 go
            D: two
            D.
            S: 226 done
            C: EPSV
            Q
            S: 229 (|||40004|)
            C: RETR c
            S: 150 go
            D: three
            D.
            S: 226 done
            """)
        { Time = time };
        await using (FtpClient ftp = server.Client(static options => options with { Resilience = new() { BaseDelay = TimeSpan.Zero } }))
        {
            Assert.Equal("one", await ftp.ReadTextAsync("a"));
            Task<string> second = ftp.ReadTextAsync("b");
            while (!second.IsCompleted && server.Connections < 2)
            {
                // Deadline by deadline: what runs on between two of them, on a slow machine too, takes no time.
                if (server.Dialed.Count == 2 && time.NextTimer is { } due && due <= ScriptedFtp.Deadline) time.Advance(due);
                await Task.Yield();
            }

            Assert.Equal("two", await second);
            Assert.Equal("three", await ftp.ReadTextAsync("c"));
        }

        await server.DoneAsync();
    }

    [Fact]
    public async Task A_server_that_does_not_restart_is_not_sent_the_command()
    {
        await using var server = new ScriptedFtp(ScriptedFtp.LoginBinary + """

            C: EPSV
            S: 229 (|||40001|)
            C: REST 100
            S: 502 not here
            C: DELE x
            S: 250 gone
            """);
        await using (FtpClient ftp = server.Client())
        {
            FtpReplyException refusal = await Assert.ThrowsAsync<FtpReplyException>(() => ftp.OpenReadAsync("a", offset: 100));
            Assert.Equal(("REST", 502), (refusal.Command, refusal.Code));
            await ftp.DeleteAsync("x");
        }

        await server.DoneAsync();
    }

    [Fact]
    public async Task A_dismissal_in_the_middle_of_a_transfer_is_told_and_the_next_one_connects_anew()
    {
        await using var server = new ScriptedFtp(
            ScriptedFtp.LoginBinary + "\nC: EPSV\nS: 229 (|||40001|)\nC: RETR a\nS: 150 go\nD: hel\nS: 421 shutting down\nD.\nX.",
            ScriptedFtp.Login + "\nC: DELE x\nS: 250 gone");
        await using (FtpClient ftp = server.Client())
        {
            FtpReplyException refusal = await Assert.ThrowsAsync<FtpReplyException>(() => ftp.ReadTextAsync("a"));
            Assert.Equal((421, Delivery.Answered, true), (refusal.Code, refusal.Delivery, refusal.IsTransient));
            await ftp.DeleteAsync("x");
        }

        await server.DoneAsync();
    }

    [Theory]
    [InlineData("S: 421 idle for too long")]
    [InlineData("S: 226 nobody asked")]
    [InlineData("S~ 4")]
    [InlineData("X.")]
    [InlineData("X!")]
    public async Task A_connection_that_the_server_ended_or_spoke_on_while_it_was_idle_is_not_used(string farewell)
    {
        await using var server = new ScriptedFtp(
            ScriptedFtp.Login + "\nC: DELE x\nS: 250 gone\nG\n" + farewell + (farewell.StartsWith('S') ? "\nG" : ""),
            ScriptedFtp.Login + "\nC: DELE y\nS: 250 gone");
        await using (FtpClient ftp = server.Client())
        {
            await ftp.DeleteAsync("x");
            await server.ReachedAsync();
            server.Go();
            await (farewell.StartsWith('S') ? server.ReachedAsync() : server.EndedAsync(1));
            await ftp.DeleteAsync("y");
            server.Go();
        }

        await server.DoneAsync();
    }

    [Theory]
    [InlineData("S: 426 cut")]
    [InlineData("S: 451 disk")]
    [InlineData("S: 552 quota")]
    public async Task Nothing_is_reported_done_that_the_server_says_is_not(string end)
    {
        await using var server = new ScriptedFtp(ScriptedFtp.LoginBinary + $"""

            C: EPSV
            S: 229 (|||40001|)
            C: RETR a
            S: 150 go
            D: hello
            D.
            {end}
            C: EPSV
            C: STOR b
            S: 229 (|||40002|)
            S: 150 go
            D= hello
            {end}
            """);
        await using (FtpClient ftp = server.Client())
        {
            FtpReplyException down = await Assert.ThrowsAsync<FtpReplyException>(() => ftp.ReadBytesAsync("a"));
            Stream up = await ftp.OpenWriteAsync("b");
            await up.WriteAsync("hello"u8.ToArray());
            FtpReplyException failed = await Assert.ThrowsAsync<FtpReplyException>(async () => await up.DisposeAsync());
            Assert.All([down, failed], refusal => Assert.Equal(Delivery.Answered, refusal.Delivery));
        }

        await server.DoneAsync();
    }
}
