using System.Text.Json.Nodes;
using Kindred.Models;
using Kindred.Server;
using Kindred.Server.Renewal;
using Kindred.Store;
using Kindred.Tests.Support;
using Kindred.Tuning;

namespace Kindred.ServerTests.Renewal;

/// <summary>A search is seen while it runs, whole and never by halves.</summary>
public sealed class RunningSearchTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddDays(20_000);

    [Fact]
    public void A_search_shows_each_trial_as_it_ends_and_its_journal_afterwards()
    {
        using var there = new TemporaryFolder();
        var (folder, options) = SearchIn(there);
        List<(int Trials, double? Best, double? Given, int? Planned)> seen = [];
        using (var running = RunningSearch.Begin(options, Start)!)
        {
            var result = Tuner.Run(options with { Progress = running }, (_, trial, _) =>
            {
                Look();
                return trial / 10.0;
            });
            Assert.Equal(4, result.Trials.Count);
        }
        // while each trial is measured, the first of which is what was given
        Assert.Equal([(0, null, null, 4), (1, .1, .1, 4), (2, .2, .1, 4), (3, .3, .1, 4)], seen);
        var ended = Assert.Single(TuningFolder.List(folder));
        Assert.Null(ended.Run);
        Assert.Equal((4, .4, .1), (ended.Trials.Count, ended.Best!.Value, ended.Given!.Value));
        Assert.Single(Directory.GetFiles(folder.Tuning));

        // a longer search is the same one, resumed
        using var longer = RunningSearch.Begin(options with { Trials = 9 }, Start)!;
        using var journal = TuningJournal.Open(options.Journal, Tuner.SearchOf(options), fresh: false);
        var resumed = Assert.Single(TuningFolder.List(folder));
        Assert.Equal((4, 9, 4), (resumed.Run!.Resumed, resumed.Run.Planned, resumed.Trials.Count));
        Assert.Null(RunningSearch.Begin(options, Start)); // and no other one takes its place

        void Look()
        {
            var search = Assert.Single(TuningFolder.List(folder));
            seen.Add((search.Trials.Count, search.Best?.Value, search.Given?.Value, search.Run!.Planned));
        }
    }

    [Fact]
    public void A_search_that_was_killed_is_read_from_its_journal()
    {
        using var there = new TemporaryFolder();
        var (folder, options) = SearchIn(there);
        var killed = RunningSearch.Begin(options, Start)!;
        using (var journal = TuningJournal.Open(options.Journal, Tuner.SearchOf(options), fresh: false)) journal.Add(TrialOf(1));
        var search = Assert.Single(TuningFolder.List(folder));
        Assert.Null(search.Run);
        Assert.Single(search.Trials);
        killed.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"run\":")]
    [InlineData("{}")]
    [InlineData("{\"run\":null,\"updatedAt\":\"2026-01-01T00:00:00Z\",\"search\":null,\"trials\":null}")]
    [InlineData("[1]")]
    public void What_is_damaged_is_left_out(string text)
    {
        using var there = new TemporaryFolder();
        var (folder, options) = SearchIn(there);
        using var journal = TuningJournal.Open(options.Journal, Tuner.SearchOf(options), fresh: false);
        File.WriteAllText($"{options.Journal}.running", text);
        Assert.Empty(TuningFolder.List(folder));
    }

    [Fact]
    public async Task Whoever_reads_while_it_is_written_reads_a_whole_state()
    {
        const int Trials = 300;
        using var there = new TemporaryFolder();
        var (folder, options) = SearchIn(there);
        using var running = RunningSearch.Begin(options, Start)!;
        using var journal = TuningJournal.Open(options.Journal, Tuner.SearchOf(options), fresh: false);
        var writing = Task.Run(() =>
        {
            for (int n = 1; n <= Trials; n++) running.Report(new(TrialOf(n), null, n, 0, TimeSpan.Zero));
        }, TestContext.Current.CancellationToken);
        int last = 0;
        while (!writing.IsCompleted)
        {
            int count = Assert.Single(TuningFolder.List(folder)).Trials.Count;
            Assert.InRange(count, last, Trials);
            last = count;
        }
        await writing;
        Assert.Equal(Trials, Assert.Single(TuningFolder.List(folder)).Trials.Count);
    }

    [Fact]
    public void The_time_left_is_that_of_the_trials_of_this_run_and_no_longer_than_what_was_given()
    {
        var now = Start.AddSeconds(30);
        Assert.Null(new SearchRun(Start, 4, 10, null).Left(4, now)); // nothing has ended yet
        Assert.Equal(30, new SearchRun(Start, 4, 10, null).Left(7, now)!.Value.TotalSeconds); // 3 of 6 in 30 s
        Assert.Equal(60, new SearchRun(Start, 0, null, Start.AddSeconds(90)).Left(5, now)!.Value.TotalSeconds);
        Assert.Equal(20, new SearchRun(Start, 0, 20, Start.AddSeconds(50)).Left(1, now)!.Value.TotalSeconds);
        Assert.Equal(0, new SearchRun(Start, 0, 20, Start.AddSeconds(10)).Left(1, now)!.Value.TotalSeconds);
    }

    private static Trial TrialOf(int number) => new(number, new JsonObject { ["neighbours"] = number }, 1.0 / number, .1);

    private static (LivingFolder Folder, TuningOptions Options) SearchIn(TemporaryFolder there)
    {
        var folder = LivingFolder.Create(there.File("shop"), null, Durability.Os);
        var options = new TuningOptions
        {
            Trainer = new ItemKnn(),
            Space = TrainerCatalog.Default.Find("item-knn").Space,
            Trials = 4,
        };
        return (folder, options with { Journal = TuningFolder.JournalOf(folder, options) });
    }
}
