using Kindred.Native.Tests.Import;

namespace Kindred.Store.Tests;

/// <summary>A server that stops, starts again, or does not want us.</summary>
public sealed class PostgresServerTests(PostgresHome home)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_stops_is_a_sentence_and_the_store_continues_when_it_is_back()
    {
        await using var server = await PostgresServer.Start(Token);
        await using var store = await Stores.OpenAsync(server.Address, cancellationToken: Token);
        await store.Events.AppendAsync([new("view", "a") { UserId = "ann" }], Token);
        await server.Stop(Token);
        for (int n = 0; n < 3; n++)
        {
            var error = await Assert.ThrowsAsync<StoreUnavailableException>(
                () => store.Events.AppendAsync([new("view", "b") { UserId = "ann" }], Token));
            Assert.Contains("127.0.0.1", error.Message);
            await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Events.AfterAsync(0, 10, Token));
        }
        await Assert.ThrowsAsync<StoreUnavailableException>(() => Stores.OpenAsync(server.Address, cancellationToken: Token));
        await server.Resume(Token);
        Assert.Equal(2, (await store.Events.AppendAsync([new("view", "c") { UserId = "ann" }], Token))[0].Event!.Sequence);
        Assert.Equal(["a", "c"], (await store.Events.AfterAsync(0, 10, Token)).Select(e => e.ItemId));
    }

    [Fact]
    public async Task A_database_that_is_not_there_and_an_address_that_is_none_are_refused()
    {
        var error = await Assert.ThrowsAsync<InputException>(
            () => Stores.OpenAsync(home.Server.AddressOf("nowhere"), cancellationToken: Token));
        Assert.Contains("createdb", error.Message);
        await Assert.ThrowsAsync<InputException>(() => Stores.OpenAsync("postgres://", cancellationToken: Token));
        await Assert.ThrowsAsync<InputException>(() => Stores.OpenAsync("postgres://localhost/a?nonsense=1", cancellationToken: Token));
    }

    /// <summary>Another session holds the writers' turn for longer than a command may take.</summary>
    [Fact]
    public async Task Forgetting_and_opening_wait_while_an_event_gets_an_error_in_time()
    {
        string address = $"{await home.NewAddressAsync()}?CommandTimeout=1";
        await using var store = await Stores.OpenAsync(address, cancellationToken: Token);
        await store.Events.AppendAsync([new("view", "a") { UserId = "ann" }], Token);
        await using var source = Npgsql.NpgsqlDataSource.Create(Postgres.PostgresAddress.Parse(address));
        await using var other = await source.OpenConnectionAsync(Token);
        await Execute($"SELECT pg_advisory_lock({Postgres.PostgresDatabase.WriteLock})");
        var (forgetting, opening) =
            (store.ForgetAsync(SubjectKind.User, "ann", Token), Stores.OpenAsync(address, cancellationToken: Token));
        var error = await Assert.ThrowsAsync<StoreUnavailableException>(
            () => store.Events.AppendAsync([new("view", "b") { UserId = "bob" }], Token));
        Assert.Contains("does not answer", error.Message);
        await Execute("SELECT pg_advisory_unlock_all()");
        Assert.Equal(new ForgottenPlace("events", 1, 0), (await forgetting).Places[0]);
        await (await opening).DisposeAsync();

        async Task Execute(string sql)
        {
            await using var command = new Npgsql.NpgsqlCommand(sql, other);
            await command.ExecuteNonQueryAsync(Token);
        }
    }

    [Fact]
    public async Task A_newer_schema_is_refused()
    {
        string address = await home.NewAddressAsync();
        await using (await Stores.OpenAsync(address, cancellationToken: Token)) { }
        await using var source = Npgsql.NpgsqlDataSource.Create(Postgres.PostgresAddress.Parse(address));
        await using var command = source.CreateCommand("INSERT INTO kindred.schema_step VALUES (1000)");
        await command.ExecuteNonQueryAsync(Token);
        var error = await Assert.ThrowsAsync<InputException>(() => Stores.OpenAsync(address, cancellationToken: Token));
        Assert.Contains("newer Kindred", error.Message);
    }
}
