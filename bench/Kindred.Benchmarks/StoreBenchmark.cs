using System.Diagnostics;
using System.Threading.Channels;
using Kindred.Native.Tests.Import;
using Kindred.Store;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Kindred.Benchmarks;

/// <summary>Durable events per second against what the database itself can do in the same run; opening and reading a large store.</summary>
internal static class StoreBenchmark
{
    private const int Batch = 1_000, Rows = 300_000, Tail = 100_000, Callers = 64, Users = 1_000_000;

    /// <param name="arguments">sqlite or postgres, and how many million events a store is filled with before it is opened.</param>
    public static async Task RunAsync(string[] arguments)
    {
        double millions = arguments.Length > 1 ? double.Parse(arguments[1]) : 2;
        string folder = Directory.CreateTempSubdirectory("kindred-bench-").FullName;
        try
        {
            if (arguments is [] or ["sqlite", ..])
            {
                double limit = SqliteRows(Path.Combine(folder, "limit.db"), hasIndexes: false);
                double indexed = SqliteRows(Path.Combine(folder, "indexed.db"), hasIndexes: true);
                Console.WriteLine($"SQLite itself, {Rows:N0} rows in one transaction: {limit:N0} rows/s, "
                    + $"with the store's indexes {indexed:N0}");
                await MeasureAsync(Path.Combine(folder, "store.db"), (long)(millions * 1e6), limit, indexed);
            }
            if (arguments is [] or ["postgres", ..])
            {
                await using var server = await PostgresServer.Start(CancellationToken.None, durable: true);
                double limit = await PostgresRowsAsync(server.Address, hasIndexes: false);
                double indexed = await PostgresRowsAsync(server.Address, hasIndexes: true);
                Console.WriteLine($"PostgreSQL itself, {Rows:N0} rows in one COPY: {limit:N0} rows/s, "
                    + $"with the store's indexes {indexed:N0}");
                await MeasureAsync(server.Address, (long)(millions * 1e6), limit, indexed);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task MeasureAsync(string address, long events, double limit, double indexed)
    {
        await using (var store = await Stores.OpenAsync(address))
        {
            await AppendAsync(store, 5 * Batch, Batch);
            double cores = Machine.CoreSeconds();
            double rate = await AppendAsync(store, Rows, Batch);
            cores = Machine.CoreSeconds() - cores;
            Console.WriteLine($"{store.Description}: {rate:N0} durable events/s in batches of {Batch:N0}: "
                + $"{rate / limit:P0} of the limit, {rate / indexed:P0} of that with indexes; {Rows / cores:N0} for each second of a core");
            Console.WriteLine($"  single events of {Callers} callers, grouped: {await SinglesAsync(store):N0} events/s");
        }
        await using (var store = await Stores.OpenAsync(address, new() { Durability = Durability.Os }))
            await FillAsync(store, events);
        await OpenAsync(address);
    }

    /// <summary>User after user, 20 events each: what is measured later does not depend on the order in which a store was filled.</summary>
    private static async Task FillAsync(IStore store, long events)
    {
        for (long n = await store.Events.LastSequenceAsync(); n < events; n += 10 * Batch)
            await store.Events.AppendAsync(
                [.. Events(new((int)n), n, 10 * Batch).Select((e, i) => e with { UserId = User((int)((n + i) / 20 % Users)) })]);
    }

    /// <returns>Events a second, without the time that making them takes.</returns>
    private static async Task<double> AppendAsync(IStore store, long count, int batch)
    {
        long from = await store.Events.LastSequenceAsync();
        var random = new Random((int)from);
        var spent = TimeSpan.Zero;
        for (long n = 0; n < count; n += batch)
        {
            var made = Events(random, from + n, batch);
            long start = Stopwatch.GetTimestamp();
            await store.Events.AppendAsync(made);
            spent += Stopwatch.GetElapsedTime(start);
        }
        return count / spent.TotalSeconds;
    }

    private static async Task OpenAsync(string address)
    {
        long start = Stopwatch.GetTimestamp();
        await using var store = await Stores.OpenAsync(address);
        long last = await store.Events.LastSequenceAsync();
        var opened = Stopwatch.GetElapsedTime(start);
        long read = 0;
        for (long sequence = Math.Max(0, last - Tail); sequence < last;)
        {
            var page = await store.Events.AfterAsync(sequence, 10_000);
            sequence = page[^1].Sequence;
            read += page.Count;
        }
        Console.WriteLine($"  {last:N0} events: opened in {opened.TotalSeconds:F2} s, a tail of {read:N0} read after "
            + $"{Stopwatch.GetElapsedTime(start).TotalSeconds:F2} s");
        const int Histories = 2_000;
        var random = new Random(2);
        start = Stopwatch.GetTimestamp();
        long found = 0;
        for (int n = 0; n < Histories; n++)
            found += (await store.Events.HistoryAsync(User(random.Next(Users)), 100)).Count;
        Console.WriteLine($"  a history of {(double)found / Histories:F1} events: "
            + $"{Stopwatch.GetElapsedTime(start).TotalMicroseconds / Histories:N0} µs");
        Console.WriteLine($"  {await AppendAsync(store, Tail, Batch):N0} durable events/s in batches of {Batch:N0}");
    }

    /// <summary>As the server does it: what comes in while a transaction commits goes into the next one.</summary>
    private static async Task<double> SinglesAsync(IStore store)
    {
        long from = await store.Events.LastSequenceAsync();
        var queue = Channel.CreateUnbounded<(NewEvent Event, TaskCompletionSource Stored)>();
        var writer = Task.Run(async () =>
        {
            while (await queue.Reader.WaitToReadAsync())
            {
                var waiting = new List<(NewEvent Event, TaskCompletionSource Stored)>();
                while (waiting.Count < Batch && queue.Reader.TryRead(out var next)) waiting.Add(next);
                await store.Events.AppendAsync([.. waiting.Select(w => w.Event)]);
                foreach (var (_, stored) in waiting) stored.SetResult();
            }
        });
        long count = 0;
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            var random = new Random(caller);
            while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(3))
            {
                var stored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                await queue.Writer.WriteAsync((Events(random, from + Interlocked.Increment(ref count), 1)[0], stored));
                await stored.Task;
            }
        })));
        double rate = count / Stopwatch.GetElapsedTime(start).TotalSeconds;
        queue.Writer.Complete();
        await writer;
        return rate;
    }

    private static NewEvent[] Events(Random random, long from, int count) =>
        [
            .. Enumerable.Range(0, count).Select(n => new NewEvent("view", $"item-{random.Next(100_000)}")
            {
                UserId = User(random.Next(Users)),
                SessionId = $"s{random.Next(1 << 30):x}",
                Time = DateTimeOffset.UnixEpoch.AddDays(20_000).AddMilliseconds(10 * (from + n)),
            }),
        ];

    private static string User(int number) => $"user-{number:D7}";

    private static double SqliteRows(string path, bool hasIndexes)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=false");
        connection.Open();
        Execute("PRAGMA journal_mode = WAL");
        Execute("PRAGMA synchronous = FULL");
        Execute("PRAGMA cache_size = -65536");
        Execute("CREATE TABLE event (sequence INTEGER PRIMARY KEY, identity BLOB, type TEXT, user_id TEXT, session_id TEXT, item_id TEXT, "
            + "happened INTEGER, received INTEGER)");
        if (hasIndexes)
        {
            Execute("CREATE UNIQUE INDEX event_identity ON event (identity)");
            Execute("CREATE INDEX event_history ON event (user_id, happened, sequence)");
        }
        var events = Events(new(1), 0, Rows);
        byte[][] identities = [.. events.Select((_, n) => Identity(n))];
        long start = Stopwatch.GetTimestamp();
        Execute("BEGIN IMMEDIATE");
        using (var insert = connection.CreateCommand())
        {
            insert.CommandText = "INSERT INTO event VALUES (@0, @1, @2, @3, @4, @5, @6, @7)";
            var values = Enumerable.Range(0, 8).Select(n => insert.Parameters.AddWithValue($"@{n}", 0L)).ToArray();
            for (int n = 0; n < Rows; n++)
            {
                var e = events[n];
                (values[0].Value, values[1].Value, values[2].Value, values[3].Value) = ((long)n + 1, identities[n], e.Type, e.UserId);
                (values[4].Value, values[5].Value) = (e.SessionId, e.ItemId);
                values[6].Value = values[7].Value = e.Time!.Value.ToUnixTimeMilliseconds();
                insert.ExecuteNonQuery();
            }
        }
        Execute("COMMIT");
        return Rows / Stopwatch.GetElapsedTime(start).TotalSeconds;

        void Execute(string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
    }

    private static async Task<double> PostgresRowsAsync(string address, bool hasIndexes)
    {
        await using var source = NpgsqlDataSource.Create(
            $"Host=127.0.0.1;Port={new Uri(address).Port};Username=postgres;Database=postgres");
        await using var connection = await source.OpenConnectionAsync();
        await Execute("DROP TABLE IF EXISTS event; CREATE TABLE event (sequence BIGINT PRIMARY KEY, identity BYTEA, type TEXT, "
            + "user_id TEXT, session_id TEXT, item_id TEXT, happened BIGINT, received BIGINT)");
        if (hasIndexes)
            await Execute("CREATE UNIQUE INDEX ON event (identity); CREATE INDEX ON event (user_id COLLATE \"C\", happened, sequence)");
        var events = Events(new(1), 0, Rows);
        long start = Stopwatch.GetTimestamp();
        await using (var rows = await connection.BeginBinaryImportAsync("COPY event FROM STDIN (FORMAT BINARY)"))
        {
            for (int n = 0; n < Rows; n++)
            {
                var e = events[n];
                long time = e.Time!.Value.ToUnixTimeMilliseconds();
                await rows.WriteRowAsync(
                    CancellationToken.None, n + 1L, Identity(n), e.Type, e.UserId!, e.SessionId!, e.ItemId, time, time);
            }
            await rows.CompleteAsync();
        }
        return Rows / Stopwatch.GetElapsedTime(start).TotalSeconds;

        async Task Execute(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>As the store's: the time first, then what has no order.</summary>
    private static byte[] Identity(int n)
    {
        byte[] identity = System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(n))[..16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(identity, (uint)n / 100);
        return identity;
    }
}
