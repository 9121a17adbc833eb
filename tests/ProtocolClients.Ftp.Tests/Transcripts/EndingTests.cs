using ProtocolClients.Testing;

namespace ProtocolClients.FtpTests.Transcripts;

/// <summary>Transfers that are broken off, signs of life during long ones, and callers who wait no longer.</summary>
public sealed class EndingTests
{
    private const string Begun = ScriptedFtp.LoginBinary + """

        C: EPSV
        S: 229 (|||40001|)
        C: RETR a
        S: 150 go
        """;

    private const string Next = """

        C: DELE x
        S: 250 gone
        """;

    // What vsftpd, proftpd and pyftpdlib were seen to say to ABOR behind a data connection that was closed.
    [Theory]
    [InlineData("S: 426 Failure writing network stream.\nS: 225 No transfer to ABOR.")]
    [InlineData("S: 426 Transfer aborted. Data connection closed\nS: 226 Abort successful")]
    [InlineData("S: 226 Abort successful\nS: 426 Transfer aborted. Data connection closed")]
    [InlineData("S: 226 Transfer complete.\nS: 225 No transfer to ABOR.")]
    [InlineData("S: 226 Transfer complete\nS: 226 Abort successful")]
    [InlineData("S: 150 again\nS: 451 disk\nS: 225-nothing\nS: 225 to abort")]
    public async Task A_transfer_is_broken_off_and_the_connection_goes_on(string answers)
    {
        await using var server = new ScriptedFtp(Begun + "\nD: hello\nD^\nC: ABOR\n" + answers + Next);
        await using (FtpClient ftp = server.Client())
        {
            await using (Stream stream = await ftp.OpenReadAsync("a")) Assert.Equal(3, await stream.ReadAsync(new byte[3]));
            await ftp.DeleteAsync("x");
        }

        await server.DoneAsync();
    }

    [Theory]
    [InlineData("X.")]
    [InlineData("S: 426 cut\nX.")]
    [InlineData("S: 421 enough\nX.")]
    [InlineData("S: no reply\nG")]
    public async Task A_server_that_does_not_answer_ABOR_costs_the_connection(string end)
    {
        await using var server = new ScriptedFtp(Begun + "\nD: hello\nD^\nC: ABOR\n" + end, ScriptedFtp.Login + Next);
        await using (FtpClient ftp = server.Client())
        {
            await using (Stream stream = await ftp.OpenReadAsync("a")) Assert.Equal(3, await stream.ReadAsync(new byte[3]));
            await ftp.DeleteAsync("x");
            server.Go();
        }

        await server.DoneAsync();
    }

    [Fact]
    public async Task A_server_that_is_silent_after_ABOR_is_left_after_a_moment()
    {
        var time = new VirtualTime();
        await using var server = new ScriptedFtp(Begun + "\nD: hello\nD^\nC: ABOR\nG", ScriptedFtp.Login + Next) { Time = time };
        await using (FtpClient ftp = server.Client())
        {
            await using (Stream stream = await ftp.OpenReadAsync("a")) Assert.Equal(3, await stream.ReadAsync(new byte[3]));
            await server.ReachedAsync();
            Task next = ftp.DeleteAsync("x");
            await SettledAsync(time, next);
            server.Go();
        }

        await server.DoneAsync();
    }

    [Theory]
    [InlineData("S: 200 here\nD.\nS: 226 done")]
    [InlineData("D.\nS: 226 done\nS: 200 here")]
    [InlineData("S: 500 what\nD.\nS: 226 done")]
    [InlineData("D.\nS: 226 done\nS: 502 not here")]
    public async Task Signs_of_life_are_answered_before_the_end_or_behind_it(string end)
    {
        var time = new VirtualTime();
        await using var server = new ScriptedFtp(Begun + "\nD: hel\nG\nD: lo\nC: NOOP\n" + end + Next) { Time = time };
        await using (FtpClient ftp = server.Client(static options => options with { KeepAlive = TimeSpan.FromSeconds(15) }))
        {
            await using (Stream stream = await ftp.OpenReadAsync("a"))
            {
                byte[] content = new byte[5];
                await stream.ReadExactlyAsync(content.AsMemory(0, 3));
                await server.ReachedAsync();
                ValueTask rest = stream.ReadExactlyAsync(content.AsMemory(3));
                time.Advance(TimeSpan.FromSeconds(19));
                server.Go();
                await rest;
                Assert.Equal("hello"u8.ToArray(), content);
                Assert.Equal(0, await stream.ReadAsync(new byte[1]));
            }

            await ftp.DeleteAsync("x");
        }

        await server.DoneAsync();
    }

    [Fact]
    public async Task The_deadline_of_the_end_does_not_begin_with_a_sign_of_life()
    {
        var time = new VirtualTime();
        await using var server = new ScriptedFtp(Begun + "\nD: a\nG\nD: b\nC: NOOP\nG\nD: c\nD.\nG\nS: 226 done\nS: 200 here" + Next) { Time = time };
        await using (FtpClient ftp = server.Client())
        {
            await using (Stream stream = await ftp.OpenReadAsync("a"))
            {
                byte[] one = new byte[1];
                await stream.ReadExactlyAsync(one);
                for (int i = 0; i < 2; i++)
                {
                    await server.ReachedAsync();
                    time.Advance(TimeSpan.FromSeconds(i == 0 ? 31 : 18));
                    server.Go();
                    await stream.ReadExactlyAsync(one);
                }

                // The end comes 36 seconds after the NOOP, and 18 after the data: the deadline of 20 was not missed.
                ValueTask<int> end = stream.ReadAsync(one);
                await server.ReachedAsync();
                await time.WaitForTimerAsync(TimeSpan.FromSeconds(20));
                time.Advance(TimeSpan.FromSeconds(18));
                server.Go();
                Assert.Equal(0, await end);
            }

            await ftp.DeleteAsync("x");
        }

        await server.DoneAsync();
    }

    [Fact]
    public async Task A_server_that_never_answers_a_sign_of_life_has_sent_the_file_all_the_same()
    {
        var time = new VirtualTime();
        await using var server = new ScriptedFtp(Begun + "\nD: a\nG\nD: b\nC: NOOP\nD.\nS: 226 done\nG", ScriptedFtp.Login + Next) { Time = time };
        await using (FtpClient ftp = server.Client())
        {
            await using (Stream stream = await ftp.OpenReadAsync("a"))
            {
                byte[] one = new byte[1];
                await stream.ReadExactlyAsync(one);
                await server.ReachedAsync();
                time.Advance(TimeSpan.FromSeconds(31));
                server.Go();
                await stream.ReadExactlyAsync(one);
                Task<int> end = stream.ReadAsync(one).AsTask();
                await server.ReachedAsync();
                await SettledAsync(time, end);
                Assert.Equal(0, await end);
            }

            await ftp.DeleteAsync("x");
            server.Go();
        }

        await server.DoneAsync();
    }

    [Fact]
    public async Task A_type_that_nobody_waited_for_is_said_again()
    {
        // The server is in TYPE I by now, or is not: taking it for the old one would garble the next listing or file.
        await using var server = new ScriptedFtp(ScriptedFtp.LoginBinary + """

            C: EPSV
            S: 229 (|||40001|)
            C: RETR a
            S: 150 go
            D: hello
            D.
            S: 226 done
            C: TYPE A
            G
            S: 200 ASCII
            C: TYPE I
            S: 200 ok
            C: EPSV
            C: RETR a
            S: 229 (|||40002|)
            S: 150 go
            D: hello
            D.
            S: 226 done
            """);
        await using (FtpClient ftp = server.Client())
        {
            await ftp.ReadBytesAsync("a");
            await CancelledAsync(server, token => ftp.DownloadAsync("t", Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N")), new() { Type = FtpDataType.Ascii }, token));
            Assert.Equal("hello", await ftp.ReadTextAsync("a"));
        }

        await server.DoneAsync();
    }

    [Fact]
    public async Task An_offset_that_nobody_waited_for_is_no_other_transfers()
    {
        await using var server = new ScriptedFtp(
            ScriptedFtp.LoginBinary + "\nC: EPSV\nS: 229 (|||40001|)\nD:\nC: REST 100\nG\nS: 350 go on\nD^",
            ScriptedFtp.LoginBinary + "\nC: EPSV\nS: 229 (|||40002|)\nC: RETR b\nS: 150 go\nD: hello\nD.\nS: 226 done");
        await using (FtpClient ftp = server.Client())
        {
            await CancelledAsync(server, token => ftp.OpenReadAsync("a", offset: 100, cancellationToken: token));
            Assert.Equal("hello", await ftp.ReadTextAsync("b"));
        }
    }

    [Fact]
    public async Task A_hash_algorithm_that_nobody_waited_for_is_chosen_again()
    {
        const string Hash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        await using var server = new ScriptedFtp(
            ScriptedFtp.Login[..ScriptedFtp.Login.LastIndexOf('\n')] + $"""

            S: 211-Features
            S:  HASH SHA-1*;SHA-256;MD5
            S: 211 End
            C: TYPE I
            S: 200 ok
            C: OPTS HASH SHA-256
            S: 200 SHA-256
            C: HASH a
            S: 213 SHA-256 0-5 {Hash} a
            C: OPTS HASH MD5
            G
            S: 200 MD5
            C: OPTS HASH SHA-256
            S: 200 SHA-256
            C: HASH a
            S: 213 SHA-256 0-5 {Hash} a
            """);
        await using (FtpClient ftp = server.Client())
        {
            Assert.Equal(Hash, (await ftp.HashAsync("a", "sha256")).Hex);
            await CancelledAsync(server, token => ftp.HashAsync("a", "md5", token));
            Assert.Equal(Hash, (await ftp.HashAsync("a", "sha256")).Hex);
        }

        await server.DoneAsync();
    }

    [Theory]
    [InlineData("C: CWD sub\nG\nS: 250 there")]
    [InlineData("C: CWD sub\nS: 250 there\nC: PWD\nG\nS: 257 \"/home/sub\"")]
    public async Task A_directory_that_nobody_waited_for_is_not_the_sessions(string change)
    {
        await using var server = new ScriptedFtp(
            ScriptedFtp.Login + "\nC: PWD\nS: 257 \"/home\"\n" + change,
            ScriptedFtp.Login + "\nC: CWD /home\nS: 250 there" + Next);
        await using (FtpClient ftp = server.Client())
        await using (FtpSession session = await ftp.OpenSessionAsync())
        {
            await CancelledAsync(server, token => session.ChangeDirectoryAsync("sub", token));
            Assert.Equal("/home", session.WorkingDirectory.ToString());
            await session.DeleteAsync("x");
        }
    }

    [Fact]
    public async Task A_session_that_cannot_go_back_to_its_directory_does_nothing_elsewhere()
    {
        await using var server = new ScriptedFtp(
            ScriptedFtp.Login + "\nC: PWD\nS: 257 \"/home\"\nC: DELE a\nX.",
            ScriptedFtp.Login + "\nC: CWD /home\nS: 550 gone\nX.",
            ScriptedFtp.Login + "\nC: CWD /home\nS: 250 there" + Next);
        await using (FtpClient ftp = server.Client())
        await using (FtpSession session = await ftp.OpenSessionAsync())
        {
            await Assert.ThrowsAsync<TransportException>(() => session.DeleteAsync("a"));
            Assert.Equal("CWD", (await Assert.ThrowsAsync<FtpReplyException>(() => session.DeleteAsync("b"))).Command);
            await session.DeleteAsync("x");
        }

        await server.DoneAsync();
    }

    [Fact]
    public async Task A_session_whose_transfer_did_not_begin_goes_on_over_another_connection()
    {
        await using var server = new ScriptedFtp(
            ScriptedFtp.Login + "\nC: PWD\nS: 257 \"/\"\nC: TYPE I\nS: 200 ok\nC: EPSV\nS: 229 (|||40001|)\nC: RETR a\nG\nD^",
            ScriptedFtp.Login + "\nC: CWD /\nS: 250 there" + Next);
        await using (FtpClient ftp = server.Client())
        await using (FtpSession session = await ftp.OpenSessionAsync())
        {
            await CancelledAsync(server, token => session.ReadBytesAsync("a", token));
            await session.DeleteAsync("x");
        }

        await server.DoneAsync();
    }

    [Fact]
    public async Task What_can_be_read_once_is_not_sent_again_empty()
    {
        await using var server = new ScriptedFtp(ScriptedFtp.LoginBinary + """

            C: SIZE f
            S: 550 none
            C: EPSV
            S: 229 (|||40001|)
            C: STOR f.part
            S: 150 go
            D= hello
            S: 226 done
            C: SIZE f.part
            S: 213 5
            C: RNFR f.part
            S: 450 busy
            C: SIZE f.part
            S: 213 5
            C: SIZE f.part
            S: 213 5
            C: RNFR f.part
            S: 350 to
            C: RNTO f
            S: 250 done
            """);
        await using (FtpClient ftp = server.Client(static options => options with { Resilience = new() { BaseDelay = TimeSpan.Zero } }))
        {
            await using var content = new OnceStream("hello"u8.ToArray());
            TransferResult result = await ftp.UploadAsync(content, "f");
            Assert.Equal((5L, 2), (result.Bytes, result.Attempts));
        }

        await server.DoneAsync();
    }

    // The moment in which late replies are waited for passes; deadlines, which are longer, do not.
    private static async Task SettledAsync(VirtualTime time, Task work)
    {
        while (!work.IsCompleted)
        {
            if (time.NextTimer is { } due && due <= TimeSpan.FromSeconds(5)) time.Advance(due);
            await Task.Yield();
        }

        await work;
    }

    // Waits for the script's gate, cancels, sees the caller free at once, and lets the server go on.
    private static async Task CancelledAsync(ScriptedFtp server, Func<CancellationToken, Task> work)
    {
        using var cancel = new CancellationTokenSource();
        Task running = work(cancel.Token);
        await server.ReachedAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        server.Go();
    }
}
