using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CliWrap;
using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cli;

/// <summary>`kindred onboard`, by the real command.</summary>
public sealed partial class OnboardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_interrupt_ends_it_while_it_waits_for_an_answer()
    {
        var waiting = new KindredProcess(_folder.Path)
        {
            Input = PipeSource.Create((_, cancellation) => Task.Delay(Timeout.Infinite, cancellation)),
        };
        var (exitCode, said) = await waiting.Interrupt("INT", Asked(), _ => Task.Delay(500, Cancellation), "onboard", Films.Raw);
        Assert.True(exitCode == 130, $"{exitCode}: {said}");
        Assert.EndsWith("Stopped.", said.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_few_users_popular_items_are_shown_and_a_program_sees_what_the_numbers_mean()
    {
        await File.WriteAllTextAsync(
            _folder.File("events.csv"), "user,item\nann,tea\nbob,tea\ncid,jam\nbob,ham\nann,jam\neve,tea\n", Cancellation);
        await File.WriteAllTextAsync(_folder.File("items.csv"), "item,title\ntea,Same\njam,Same\nham,Ham\n", Cancellation);
        string[] arguments = ["onboard", "events.csv", "--item-attributes", "items.csv"];
        var said = await Of("2\n").Json(arguments);
        var cards = said["rounds"]![0]!["cards"]!.AsArray();
        Assert.Equal([(1, "tea", false), (2, "jam", true), (3, "ham", false)], cards.Select(card =>
            ((int)card!["number"]!, (string)card["items"]![0]!, (bool)card["picked"]!)));
        Assert.Equal("jam", (string)Assert.Single(said["picked"]!.AsArray())!);
        Assert.All(said["items"]!.AsArray(), item => Assert.Null(item!["score"]));

        string text = await Of("1 2 3\n").Succeed(arguments);
        Assert.Contains("fewer than 50 users", text, StringComparison.Ordinal);
        Assert.Contains("Same (tea)", text, StringComparison.Ordinal);
        Assert.Contains("That is all: 3 cards picked.", text, StringComparison.Ordinal);
        Assert.Contains("leave out --groups", await Of("").Refused([.. arguments, "--groups"]), StringComparison.Ordinal);
    }

    private KindredProcess Of(string input) => new(_folder.Path) { Input = PipeSource.FromString(input) };

    [GeneratedRegex("Numbers with spaces between")]
    private static partial Regex Asked();
}
