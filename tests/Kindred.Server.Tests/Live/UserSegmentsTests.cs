using Kindred.Server.Live;
using Kindred.Store;

namespace Kindred.ServerTests.Live;

public sealed class UserSegmentsTests
{
    [Fact]
    public async Task Where_the_store_fails_nothing_changes_and_the_next_call_reads_all()
    {
        await using var shop = await LiveShop.Open();
        await shop.Store.Users.PutAsync(
            [new("ann", """{"country":"de","plan":"free"}"""), new("bob", """{"country":"fr"}""")], LiveShop.Cancellation);
        var users = new FailingUsers(shop.Store.Users);
        var segments = new UserSegments();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => segments.ReadAsync(users, "country", LiveShop.Cancellation));
        Assert.Null(segments.Of("ann"));
        users.Fails = false;
        await segments.ReadAsync(users, "country", LiveShop.Cancellation);
        Assert.Equal(("de", "fr"), (segments.Of("ann"), segments.Of("bob")));

        users.Fails = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => segments.ReadAsync(users, "plan", LiveShop.Cancellation));
        Assert.Equal(("de", "fr"), (segments.Of("ann"), segments.Of("bob")));
        users.Fails = false;
        await segments.ReadAsync(users, "plan", LiveShop.Cancellation);
        Assert.Equal(("free", null), (segments.Of("ann"), segments.Of("bob")));
        await segments.ReadAsync(users, null, LiveShop.Cancellation);
        Assert.Null(segments.Of("ann"));
    }

    /// <summary>Fails after the first page.</summary>
    private sealed class FailingUsers(ICatalogStore users) : ICatalogStore
    {
        public bool Fails { get; set; } = true;

        public Task<IReadOnlyList<CatalogEntry>> ListAsync(string? after, int count, CancellationToken cancellationToken) =>
            Fails && after is not null ? throw new StoreUnavailableException("away") : users.ListAsync(after, count, cancellationToken);

        public Task<CatalogEntry?> GetAsync(string id, CancellationToken cancellationToken) => users.GetAsync(id, cancellationToken);

        public Task<IReadOnlyList<AttributeConflict>> PutAsync(IReadOnlyList<CatalogEntry> entries, CancellationToken cancellationToken) =>
            users.PutAsync(entries, cancellationToken);

        public Task<IReadOnlyList<AttributeConflict>> MergeAsync(
            IReadOnlyList<CatalogEntry> entries, CancellationToken cancellationToken) => users.MergeAsync(entries, cancellationToken);

        public Task<(CatalogEntry? Entry, IReadOnlyList<AttributeConflict> Conflicts)> PatchAsync(
            string id, string? attributes, bool? hidden, CancellationToken cancellationToken) =>
            users.PatchAsync(id, attributes, hidden, cancellationToken);

        public Task<bool> DeleteAsync(string id, CancellationToken cancellationToken) => users.DeleteAsync(id, cancellationToken);

        public Task<IReadOnlyList<string>> DeletedAsync(CancellationToken cancellationToken) => users.DeletedAsync(cancellationToken);

        public Task<long> CountAsync(CancellationToken cancellationToken) => users.CountAsync(cancellationToken);

        public Task<IReadOnlyDictionary<string, AttributeType>> TypesAsync(CancellationToken cancellationToken) =>
            users.TypesAsync(cancellationToken);
    }
}
