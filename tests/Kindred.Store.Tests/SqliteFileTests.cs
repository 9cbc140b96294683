using System.Text;
using Kindred.Store.Sql;
using Kindred.Store.Sqlite;
using Microsoft.Data.Sqlite;

namespace Kindred.Store.Tests;

/// <summary>The file itself: old and newer schemas, damage, a full disk, bytes that must be gone.</summary>
public sealed class SqliteFileTests(SqliteHome home) : IClassFixture<SqliteHome>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A file of the first schema, as the program wrote it then.</summary>
    private string OldFile()
    {
        string path = home.NewFile();
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Copy(Path.Combine(AppContext.BaseDirectory, "stores", "schema-1.db"), path);
        return path;
    }

    private static void Execute(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=false");
        connection.Open();
        using var command = connection.Command(sql);
        command.ExecuteNonQuery();
    }

    [Fact]
    public async Task A_store_of_the_first_schema_is_brought_up_to_date_with_all_its_content()
    {
        await using var store = await Stores.OpenAsync(OldFile(), cancellationToken: Token);
        var events = await store.Events.AfterAsync(0, 10, Token);
        Assert.Equal("first", events[0].Id);
        Assert.Equal(["ann", "ann", "bob", null], events.Select(e => e.UserId));
        DateOnly day = DateOnly.FromDateTime(DateTime.UnixEpoch);
        Assert.Equal(
            [new("purchase", day.AddDays(20001), 1), new("view", day.AddDays(-1), 1), new("view", day.AddDays(20000), 2)],
            await store.Events.CountsAsync(Token));
        Assert.Equal(["jam", "tea"], (await store.Items.ListAsync(null, 10, Token)).Select(entry => entry.Id));
        Assert.Equal(4, await store.LastVersionAsync(Token));
        Assert.Equal(AppendOutcome.Duplicate, (await store.Events.AppendAsync(
            [new("view", "tea") { UserId = "ann", Time = DateTimeOffset.UnixEpoch.AddDays(20000), Id = "first" }], Token))[0].Outcome);
    }

    [Fact]
    public async Task A_newer_schema_is_refused_with_a_sentence_and_the_file_stays_as_it_is()
    {
        string path = OldFile();
        Execute(path, $"INSERT INTO schema_step (version) VALUES ({SqlSchema.Version + 1})");
        byte[] before = await File.ReadAllBytesAsync(path, Token);
        var error = await Assert.ThrowsAsync<InputException>(() => Stores.OpenAsync(path, cancellationToken: Token));
        Assert.Contains("newer Kindred", error.Message);
        Assert.Equal(before, await File.ReadAllBytesAsync(path, Token));
    }

    [Fact]
    public async Task A_damaged_file_is_refused()
    {
        string path = OldFile();
        byte[] bytes = await File.ReadAllBytesAsync(path, Token);
        for (int n = 2048; n < bytes.Length; n++) bytes[n] ^= 0x5a;
        await File.WriteAllBytesAsync(path, bytes, Token);
        var error = await Assert.ThrowsAsync<InputException>(() => Stores.OpenAsync(path, cancellationToken: Token));
        Assert.Contains("restore a backup", error.Message);
    }

    [Fact]
    public async Task A_folder_or_another_file_is_refused()
    {
        Assert.Contains("folder", (await Assert.ThrowsAsync<InputException>(
            () => Stores.OpenAsync(home.Folder, cancellationToken: Token))).Message);
        string path = home.NewFile();
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, new string('x', 5000), Token);
        Assert.Contains("not a SQLite file", (await Assert.ThrowsAsync<InputException>(
            () => Stores.OpenAsync(path, cancellationToken: Token))).Message);
    }

    [Fact]
    public async Task A_full_disk_is_a_sentence_loses_nothing_and_the_store_continues_when_there_is_room()
    {
        await using var store = (SqliteStore)await home.NewStoreAsync();
        var database = store.Database;
        await database.Writer.ExecuteAsync("PRAGMA max_page_count = 60", Token); // SQLite answers then as it does on a full disk
        int accepted = 0;
        async Task FillAsync()
        {
            for (int n = 0; n < 10_000; n++, accepted++)
                await store.Events.AppendAsync([new("view", $"item {n}") { UserId = "ann", Attributes = new('x', 500) }], Token);
        }
        var error = await Assert.ThrowsAsync<StoreUnavailableException>(FillAsync);
        Assert.Contains("full", error.Message);
        await Assert.ThrowsAsync<StoreUnavailableException>(
            () => store.Items.PutAsync([new("tea", $$"""{"text":"{{new string('x', 100_000)}}"}""")], Token));
        Assert.InRange(accepted, 1, 9_999);
        Assert.Equal(accepted, (await store.Events.AfterAsync(0, 10_000, Token)).Count);
        await database.Writer.ExecuteAsync("PRAGMA max_page_count = 1000000", Token);
        Assert.Equal(accepted + 1, (await store.Events.AppendAsync([new("view", "more") { UserId = "ann" }], Token))[0].Event!.Sequence);
    }

    [Fact]
    public async Task A_long_write_ahead_log_is_copied_into_the_file_without_a_writer()
    {
        string path = home.NewFile();
        await using var store = await Stores.OpenAsync(path, new() { Durability = Durability.Os }, Token);
        string large = new('x', 50_000);
        int n = 0;
        // far less than what makes a writer copy it
        while (new FileInfo(path + "-wal").Length < 80 << 20)
        {
            await store.Events.AppendAsync(
                [.. Enumerable.Range(0, 20).Select(e => new NewEvent("view", $"i{n}-{e}") { UserId = "ann", Attributes = large })], Token);
            n++;
        }
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (new FileInfo(path).Length < 32 << 20) await Task.Delay(20, deadline.Token);
        Assert.Equal(20 * n, await store.Events.LastSequenceAsync(Token));
        Assert.Equal(20 * n, (await store.Events.CountsAsync(Token)).Sum(count => count.Events));
    }

    [Fact]
    public async Task A_file_that_another_process_holds_for_too_long_is_a_sentence()
    {
        string path = home.NewFile();
        await using var store = (SqliteStore)await Stores.OpenAsync(path, cancellationToken: Token);
        await store.Database.Writer.ExecuteAsync("PRAGMA busy_timeout = 20", Token);
        store.Database.Writer.DefaultTimeout = 1;
        using var other = new SqliteConnection($"Data Source={path};Pooling=false");
        other.Open();
        using (var held = other.BeginTransaction(deferred: false))
        {
            var error = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.CheckWritableAsync(Token));
            Assert.Contains("Another process", error.Message);
        }
        await store.CheckWritableAsync(Token);
    }

    /// <summary>Short ids occur in others by chance, so what is looked for is distinct from all that stays.</summary>
    [Theory, InlineData("q7z"), InlineData("zq-forget-me-zq")]
    public async Task The_bytes_of_a_forgotten_id_are_in_no_file(string id)
    {
        string path = home.NewFile();
        await using var store = await Stores.OpenAsync(path, cancellationToken: Token);
        var random = new Random(7);
        // pages split and are rebuilt around the id's rows
        for (int batch = 0; batch < 60; batch++)
            await store.Events.AppendAsync(
                [
                    .. Enumerable.Range(0, 50).Select(n => new NewEvent("view", $"i{random.Next(1000)}")
                    {
                        UserId = n % 10 == 0 ? id : $"{id[..2]}{random.Next(2000)}",
                        SessionId = random.Next(20) == 0 ? id : null,
                        Time = DateTimeOffset.UnixEpoch.AddSeconds(random.Next(100_000)),
                    }),
                ], Token);
        await store.Events.AppendAsync([new("view", "tea") { SessionId = id }], Token);
        await store.Users.PutAsync([.. Enumerable.Range(0, 300).Select(n => new CatalogEntry($"{id[..2]}{n}")), new(id)], Token);
        await store.Audit.AppendAsync("k", "export-user", id, cancellationToken: Token);
        Assert.True(IsAnywhere(id));

        var receipt = await store.ForgetAsync(SubjectKind.User, id, Token);
        Assert.Equal(301, receipt.Places[0].Before);
        Assert.All(receipt.Places, place => Assert.Equal(0, place.After));
        Assert.False(IsAnywhere(id));
        await store.Events.AppendAsync([new("view", "tea") { UserId = "other" }], Token);
        await store.DisposeAsync();
        Assert.False(IsAnywhere(id));

        bool IsAnywhere(string text) => Directory.GetFiles(Path.GetDirectoryName(path)!).Any(file =>
            File.Exists(file) && File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);
    }

    [Fact]
    public void Bytes_are_found_across_blocks_of_a_large_file()
    {
        string path = Path.Combine(home.Folder, "bytes");
        byte[] bytes = new byte[(3 << 20) + 5];
        foreach (int at in (int[])[0, (1 << 20) - 3, (1 << 20) + 2, (2 << 20) + 7, bytes.Length - 6])
        {
            bytes.AsSpan().Clear();
            "needle"u8.CopyTo(bytes.AsSpan(at));
            File.WriteAllBytes(path, bytes);
            using var file = new SqliteFile(path);
            Assert.True(file.Contains("needle"u8), $"at {at}");
        }
        bytes.AsSpan(bytes.Length - 1).Clear();
        File.WriteAllBytes(path, bytes);
        using var without = new SqliteFile(path);
        Assert.False(without.Contains("needle"u8));
    }

    /// <summary>
    /// Without them another process that opens the file and closes it deletes the log, and what is committed afterwards with it.
    /// </summary>
    [Fact]
    public async Task Forgetting_keeps_the_locks_on_the_file()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc says who has locks");
        string path = home.NewFile();
        await using var store = await Stores.OpenAsync(path, cancellationToken: Token);
        await store.Events.AppendAsync([new("view", "tea") { UserId = "ann-of-green-gables" }], Token);
        Assert.True(HasLocks(path));
        await store.ForgetAsync(SubjectKind.User, "ann-of-green-gables", Token);
        Assert.True(HasLocks(path));
        await using (await Stores.OpenAsync(path, cancellationToken: Token)) { }
        Assert.True(HasLocks(path));
    }

    private static bool HasLocks(string path) => Directory.EnumerateFileSystemEntries("/proc/self/fd")
        .Where(link => new FileInfo(link).LinkTarget == path)
        .Any(link => File.ReadAllText($"/proc/self/fdinfo/{Path.GetFileName(link)}").Contains("POSIX", StringComparison.Ordinal));

    /// <summary>A little at a time, so that no commit waits for a disk that has much to write.</summary>
    [Fact]
    public async Task What_was_written_is_copied_from_the_log_into_the_file_soon()
    {
        string path = home.NewFile();
        await using var store = await Stores.OpenAsync(path, cancellationToken: Token);
        await store.Events.AppendAsync([new("view", "tea") { UserId = "ann" }], Token);
        using var connection = new SqliteConnection($"Data Source={path};Pooling=false");
        connection.Open();
        for (var end = DateTime.UtcNow.AddMinutes(1); ; await Task.Delay(20, Token))
        {
            using var command = connection.Command("PRAGMA wal_checkpoint(NOOP)");
            using var reader = command.ExecuteReader();
            Assert.True(reader.Read() && reader.GetInt64(1) > 0);
            if (reader.GetInt64(2) == reader.GetInt64(1)) break;
            Assert.True(DateTime.UtcNow < end, "The log is not copied.");
        }
    }
}
