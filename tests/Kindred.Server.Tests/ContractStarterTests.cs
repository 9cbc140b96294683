using Kindred.ExposureContracts;
using Kindred.Server;
using Kindred.Server.ExposureContracts;
using Kindred.ServerTests.Live;
using Kindred.Store;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kindred.ServerTests;

/// <summary>Which items get a contract, and when what is expected of them is written anew.</summary>
public sealed class ContractStarterTests
{
    private static CancellationToken Cancellation => LiveShop.Cancellation;

    private static async Task<ContractBook> BookOf(LiveShop shop)
    {
        await shop.Store.Settings.SetAsync(
            ContractSettings.Name, """{"impressions":10,"since":"2020-01-01T00:00:00Z"}""", cancellationToken: Cancellation);
        var settings = new ContractSettingsInUse(shop.Store, new(shop.Store, NullLogger<StoreChanges>.Instance));
        await settings.StartAsync(Cancellation);
        return new(settings, shop.Clock);
    }

    /// <summary>Their ids are not kept, however long contracts are full: all items are looked at again.</summary>
    [Fact]
    public async Task Items_that_change_by_the_hundred_thousand_are_not_forgotten()
    {
        await using var shop = await LiveShop.Open();
        var book = await BookOf(shop);
        var starter = new ContractStarter(shop.Store, book, shop.Clock, NullLogger<ContractStarter>.Instance);
        await shop.Store.Items.PutAsync([new("first")], Cancellation);
        await starter.StartAsync(Cancellation);
        Assert.Equal(["first"], await Started(shop));

        await shop.Store.Items.PutAsync([new("second")], Cancellation);
        starter.Notice([new(2, ChangeKind.Item, "second", false)]);
        await starter.StartAsync(Cancellation);
        Assert.Equal(["first", "second"], await Started(shop));

        await shop.Store.Items.PutAsync(
            [new("third"), new("fourth", """{"contract":"0"}"""), new("fifth", """{"contract":"7"}""")], Cancellation);
        foreach (var ids in Enumerable.Range(0, 100_001).Chunk(10_000))
            starter.Notice([.. ids.Select(n => new StoreChange(3, ChangeKind.Item, $"price of {n}", false))]);
        await starter.StartAsync(Cancellation);
        Assert.Equal(["fifth", "first", "second", "third"], await Started(shop));
        Assert.Equal(7, (await shop.Store.Contracts.ListAsync(DateTimeOffset.UnixEpoch, 1, "fifth", cancellationToken: Cancellation))[0]
            .Terms.Impressions); // as a table of a spreadsheet has it
    }

    [Fact]
    public async Task What_is_expected_is_written_anew_where_it_changed_by_a_fiftieth()
    {
        await using var shop = await LiveShop.Open();
        await shop.State.StartAsync(Cancellation);
        var book = await BookOf(shop);
        await shop.Store.Contracts.StartAsync([new("tea", 10, 1, shop.Clock.Now, true)], true, Cancellation);
        book.Update(await shop.Store.Contracts.RunningAsync(Cancellation));
        var priors = new ContractPriors(shop.Store, book, null!, shop.State, shop.Clock);

        Assert.Null(await Expected(.01, items: 1)); // too little is known to say anything
        var first = await Expected(.05);
        Assert.Equal(.05, first!.Value.Rate, .01);
        Assert.Equal(first, await Expected(.0504)); // rate and strength are about the same
        Assert.Equal(.1, (await Expected(.1))!.Value.Rate, .01);

        // each item was examined 100 times; some are clicked more than others
        async Task<AppealPrior?> Expected(double rate, int items = 40)
        {
            var appeals = new ItemAppeals(Enumerable.Range(0, items).ToDictionary(
                n => $"{n}", n => (100.0, 100 * rate * (n % 2 == 0 ? .4 : 1.6))));
            book.Learn(appeals, appeals.Rate);
            await priors.ExpectAsync(Cancellation);
            book.Update(await shop.Store.Contracts.RunningAsync(Cancellation));
            return Assert.Single(book.Running).Stored.Prior;
        }
    }

    private static async Task<string[]> Started(LiveShop shop) =>
        [.. (await shop.Store.Contracts.RunningAsync(Cancellation)).Select(contract => contract.ItemId).Order(StringComparer.Ordinal)];
}
