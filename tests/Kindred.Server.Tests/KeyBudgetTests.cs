using Kindred.Server;
using Kindred.Server.Access;
using Kindred.Store;
using Kindred.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kindred.ServerTests;

/// <summary>How often a key may ask: at one server, and at several of one store. Time is made.</summary>
public sealed class KeyBudgetTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private readonly ManualClock _clock = new();

    [Fact]
    public void A_burst_goes_through_then_as_many_as_the_rate_says()
    {
        var budget = new KeyBudget(new() { RequestsPerSecond = 2, Burst = 3 }, _clock);
        Assert.Equal([0, 0, 0, .5], Enumerable.Range(0, 4).Select(_ => budget.Take().TotalSeconds));
        _clock.Advance(TimeSpan.FromSeconds(.5));
        Assert.Equal([0, .5], Enumerable.Range(0, 2).Select(_ => budget.Take().TotalSeconds));
        _clock.Advance(TimeSpan.FromHours(1)); // no more than a burst is kept
        Assert.Equal(3, Enumerable.Range(0, 10).Count(_ => budget.Take() == TimeSpan.Zero));
    }

    [Fact]
    public void What_others_let_through_is_owed_but_no_more_than_the_limit_allows_them()
    {
        var budget = new KeyBudget(new() { RequestsPerSecond = 1, Burst = 3 }, _clock);
        budget.TakeOff(5, TimeSpan.FromSeconds(2));
        Assert.Equal(3, budget.Take().TotalSeconds); // 3 - 5 = -2, and 1 is needed
        budget.TakeOff(1_000_000, TimeSpan.FromSeconds(2)); // of a server that counted before this one was there
        Assert.Equal(8, budget.Take().TotalSeconds); // 3 + 2 more are owed
    }

    /// <summary>Clients send to both as fast as they can: alone, each server would let through what the limit says.</summary>
    [Fact]
    public async Task Two_servers_of_a_store_let_through_what_one_would()
    {
        await using var shop = await Shop.MakeAsync(_clock);
        var (one, two) = (shop.Server(), shop.Server());
        int sent = 0;
        for (int step = 0; step < 40; step++) // 10 s
        {
            await one.ExchangeAsync(Cancellation);
            await two.ExchangeAsync(Cancellation);
            for (int n = 0; n < 20; n++) sent += (one.Take("key") == TimeSpan.Zero ? 1 : 0) + (two.Take("key") == TimeSpan.Zero ? 1 : 0);
            _clock.Advance(TimeSpan.FromSeconds(.25));
        }
        Assert.InRange(sent, 100, 10 + (10 * 10) + 10); // 10 s at 10 a second, a burst at each, as neither knew of the other's
        Assert.Equal(TimeSpan.Zero, one.Take("another"));
    }

    [Fact]
    public async Task A_limit_holds_for_all_from_the_moment_it_is_set()
    {
        await using var shop = await Shop.MakeAsync(_clock, "{}");
        var (one, two) = (shop.Server(), shop.Server());
        await one.ExchangeAsync(Cancellation);
        await two.ExchangeAsync(Cancellation);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await two.ExchangeAsync(Cancellation);
        await shop.LimitAsync("""{"requestsPerSecond":10}""");
        for (int n = 0; n < 10; n++) one.Take("key");
        await one.ExchangeAsync(Cancellation);
        await two.ExchangeAsync(Cancellation); // the first time since then
        Assert.NotEqual(TimeSpan.Zero, two.Take("key"));
    }

    [Fact]
    public async Task What_was_let_through_while_the_store_was_away_is_not_owed_when_it_is_back()
    {
        await using var shop = await Shop.MakeAsync(_clock);
        var (one, two) = (shop.Server(), shop.Server());
        await one.ExchangeAsync(Cancellation);
        await two.ExchangeAsync(Cancellation);
        for (int second = 0; second < 60; second++)
        {
            for (int n = 0; n < 10; n++) one.Take("key");
            _clock.Advance(TimeSpan.FromSeconds(1));
        }
        await one.ExchangeAsync(Cancellation);
        await two.ExchangeAsync(Cancellation);
        Assert.Equal(TimeSpan.Zero, two.Take("key"));
    }

    /// <summary>A store with the limit of 10 requests a second.</summary>
    private sealed class Shop(TemporaryFolder folder, IStore store, ManualClock clock) : IAsyncDisposable
    {
        private RequestLimitsInUse? _limits;

        public static async Task<Shop> MakeAsync(ManualClock clock, string limit = """{"requestsPerSecond":10}""")
        {
            var folder = new TemporaryFolder();
            var store = await Stores.OpenAsync(folder.File("kindred.db"), new() { Clock = clock }, Cancellation);
            var shop = new Shop(folder, store, clock);
            await shop.LimitAsync(limit);
            return shop;
        }

        public async Task LimitAsync(string limit)
        {
            await store.Settings.SetAsync(RequestLimits.Name, limit, cancellationToken: Cancellation);
            _limits ??= new(store, new(store, NullLogger<StoreChanges>.Instance));
            await _limits.StartAsync(Cancellation); // reads it
        }

        public KeyBudgets Server() =>
            new(store, LivingFolder.Create(folder.File("shop")), _limits!, clock, NullLogger<KeyBudgets>.Instance);

        public async ValueTask DisposeAsync()
        {
            await store.DisposeAsync();
            folder.Dispose();
        }
    }

    private sealed class ManualClock : TimeProvider
    {
        private TimeSpan _passed;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan time) => _passed += time;

        public override long GetTimestamp() => _passed.Ticks;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddDays(20_000) + _passed;
    }
}
