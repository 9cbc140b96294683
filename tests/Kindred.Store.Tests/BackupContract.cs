namespace Kindred.Store.Tests;

/// <summary>What holds for backups of any store.</summary>
public abstract class BackupContract(StoreHome home)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static async Task FillAsync(IStore store)
    {
        await store.Events.AppendAsync(
            [
                new("buy", "té") { UserId = "ann", Id = "1", Value = 0.1, Position = 2, RequestId = "r", Attributes = "{}" },
                new("view", "jam") { SessionId = "s1", Time = DateTimeOffset.UnixEpoch.AddDays(-1) },
            ], Token);
        await store.Items.PutAsync([new("tea", """{"price":1}""", Hidden: true), new("jam")], Token);
        await store.Items.DeleteAsync("jam", Token);
        await store.Settings.SetAsync("weights", "{}", cancellationToken: Token);
        await store.Jobs.PutAsync(new("j", "train", JobState.Failed), Token);
        await store.Keys.AddAsync(new("k", "shop", "hash", ["read"], DateTimeOffset.UnixEpoch), Token);
        await store.Audit.AppendAsync("k", "promote", cancellationToken: Token);
        await store.Experiments.AddAsync("w", 1, [new("ranker", "ann", "new", 1, DateTimeOffset.UnixEpoch) { Latency = .5 }], Token);
        await store.Experiments.CreditAsync("ranker", [new("1", "ann", "new", true, DateTimeOffset.UnixEpoch)], Token);
        await store.Experiments.KeepReportAsync("old", "{}", Token);
        await store.ForgetAsync(SubjectKind.User, "bob", Token);
    }

    private static async Task<string> ContentAsync(IStore store) => System.Text.Json.JsonSerializer.Serialize(new object[]
    {
        await store.Events.AfterAsync(0, 100, Token), await store.Events.LastSequenceAsync(Token), await store.Events.CountsAsync(Token),
        await store.Items.ListAsync(null, 100, Token), await store.Items.TypesAsync(Token), await store.Users.ListAsync(null, 100, Token),
        await store.ChangesAsync(0, 100, Token), await store.LastVersionAsync(Token), await store.Settings.ListAsync(Token),
        await store.Jobs.ListAsync(100, Token), await store.Keys.ListAsync(Token),
        await store.Audit.ListAsync(100, cancellationToken: Token),
        await store.ForgottenAsync(Token), await store.Experiments.AfterAsync("ranker", 0, 100, Token),
        await store.Experiments.CreditsAsync("ranker", Token), await store.Experiments.KeptReportAsync("old", Token) ?? "",
    });

    [Fact]
    public async Task A_backup_is_restored_into_both_kinds_of_stores()
    {
        await using var store = await home.NewStoreAsync();
        await FillAsync(store);
        string backup = home.NewFile();
        await store.BackupAsync(backup, Token);
        Assert.Equal([Path.GetFileName(backup)], Directory.GetFiles(Path.GetDirectoryName(backup)!).Select(Path.GetFileName));
        string content = await ContentAsync(store);
        foreach (string address in (string[])[await home.NewAddressAsync(), home.NewFile()])
        {
            await Stores.RestoreAsync(backup, address, Token);
            await using var restored = await Stores.OpenAsync(address, cancellationToken: Token);
            Assert.Equal(content, await ContentAsync(restored));
            await restored.Events.AppendAsync([new("view", "a") { UserId = "u" }], Token);
        }
    }

    [Fact]
    public async Task A_backup_while_others_write_holds_a_state_that_was()
    {
        await using var store = await home.NewStoreAsync();
        using var enough = new CancellationTokenSource();
        var writer = Task.Run(async () =>
        {
            for (int n = 0; !enough.IsCancellationRequested; n++)
                await store.Events.AppendAsync([new("view", $"i{n}") { UserId = "u" }, new("view", $"j{n}") { UserId = "u" }], Token);
        }, Token);
        for (int attempt = 0; attempt < 3; attempt++)
        {
            string backup = home.NewFile();
            await store.BackupAsync(backup, Token);
            await using var copy = await Stores.OpenAsync(backup, cancellationToken: Token);
            var events = await copy.Events.AfterAsync(0, int.MaxValue, Token);
            Assert.Equal(events.Count, await copy.Events.LastSequenceAsync(Token));
            Assert.Equal(events.Count, (await copy.Events.CountsAsync(Token)).Sum(count => count.Events));
            Assert.Equal(0, events.Count % 2);
        }
        await enough.CancelAsync();
        await writer;
    }

    [Fact]
    public async Task Nothing_is_written_over()
    {
        await using var store = await home.NewStoreAsync();
        string backup = home.NewFile();
        await store.BackupAsync(backup, Token);
        await Assert.ThrowsAsync<InputException>(() => store.BackupAsync(backup, Token));
        string address = await home.NewAddressAsync();
        await using (var other = await Stores.OpenAsync(address, cancellationToken: Token)) await FillAsync(other);
        await Assert.ThrowsAsync<InputException>(() => Stores.RestoreAsync(backup, address, Token));
    }

    [Fact]
    public async Task What_is_no_backup_is_refused()
    {
        string address = await home.NewAddressAsync();
        await Assert.ThrowsAsync<InputException>(() => Stores.RestoreAsync(home.NewFile(), address, Token));
        string file = home.NewFile();
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, string.Concat(Enumerable.Repeat("this is not a backup. ", 100)), Token);
        await Assert.ThrowsAsync<InputException>(() => Stores.RestoreAsync(file, address, Token));
    }
}
