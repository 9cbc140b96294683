using Kindred.Import;
using Kindred.OnlineExperiments;
using Kindred.OnlineExperiments.Analysis;
using Kindred.OnlineExperiments.Design;
using Kindred.OnlineExperiments.Metrics;
using Kindred.Storage;

namespace Kindred.NativeTests.Import;

public sealed class ExperimentFilesTests : IDisposable
{
    private static readonly OnlineExperiment Any = new() { Name = "e", Arms = [] };

    private readonly string _folder = Directory.CreateTempSubdirectory("kindred-experiment").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string File(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    private (OnlineExperiment Experiment, ExperimentData Data) Read(
        string exposures, string metrics, OnlineExperiment? experiment = null, params string[] segments) => ExperimentFiles.Read(
        File("exposures.csv", exposures), File("metrics.csv", metrics), experiment ?? Any, new() { Segments = segments },
        TestContext.Current.CancellationToken);

    private const string Exposures = """
        user_id,arm,time,country
        a,control,2026-01-05 10:00:00,DE
        a,control,2026-01-07 10:00:00,FR
        b,new,2026-01-06 00:00:00,FR
        c,new,2026-01-05 12:00:00,DE
        c,control,2026-01-06 12:00:00,DE
        d,new,2026-01-07 08:00:00,DE

        """;

    private const string Events = """
        user_id,time,event,value
        a,2026-01-04 10:00:00,click,2
        a,2025-12-01 10:00:00,click,50
        a,2026-01-05 09:59:59,view,1
        a,2026-01-05 10:00:00,click,3
        a,2026-01-07 23:00:00,click,4
        a,2026-01-06 10:00:00,view,10
        b,2026-01-06 01:00:00,click,5
        b,2026-01-20 01:00:00,click,7
        c,2026-01-06 01:00:00,click,1000
        x,2026-01-06 01:00:00,click,1000

        """;

    /// <summary>a: 3 + 4 clicks, 2 before; b: 5 + 7; c saw two arms; d did nothing; x was never exposed.</summary>
    [Fact]
    public void Events_are_added_up_from_the_first_exposure_on()
    {
        var (experiment, data) = Read(Exposures, Events, Any with { Metrics = [new("click")] }, "country");
        Assert.Equal(["control", "new"], experiment.Arms.Select(arm => arm.Name));
        Assert.Equal(16, data.Days); // 5 to 20 January
        Assert.Equal(new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero), data.Start);
        Assert.Equal(1, data.UnitsInSeveralArms);
        UnitSums control = data.Of(0, 0, 15), treatment = data.Of(0, 1, 15);
        Assert.Equal((1, 7, 2), (control.Count, control.Sum(0), control.Sum(2)));
        Assert.Equal((2, 12, 0), (treatment.Count, treatment.Sum(0), treatment.Sum(2)));
        Assert.Equal((3, 5), (data.Of(0, 0, 0).Sum(0), data.Of(0, 1, 2).Sum(0))); // by day
        Assert.Equal([1L, 0L], data.UnitsByDay[0]);
        Assert.Equal(["country=DE", "country=FR"], data.Segments);
        Assert.Equal((7, 0), (data.OfSegment(0, 0, 0).Sum(0), data.OfSegment(0, 1, 0).Sum(0))); // a was exposed in DE first
        Assert.Contains(data.Notes, note => note.StartsWith("1 of 10 rows", StringComparison.Ordinal));
    }

    [Fact]
    public void Ratios_counts_windows_and_caps_are_as_declared()
    {
        var (_, data) = Read(Exposures, Events, Any with
        {
            Metrics =
            [
                new("rate") { Kind = OnlineMetricKind.Ratio, Source = "click", Denominator = "count:click" },
                new("later") { Kind = OnlineMetricKind.Proportion, Source = "click", FromDay = 7, ToDay = 28 },
                new("first day") { Source = "click", ToDay = 1 },
                new("capped") { Source = "click", CapQuantile = .5 },
            ],
        });
        int end = data.Days - 1;
        Assert.Equal((7, 2), (data.Of(0, 0, end).Sum(0), data.Of(0, 0, end).Sum(1)));
        Assert.Equal((2, 1), (data.Of(0, 0, end).Sum(2), data.Of(0, 0, end).Sum(3))); // before
        Assert.Equal((0, 1), (data.Of(1, 0, end).Sum(0), data.Of(1, 1, end).Sum(0)));
        Assert.Equal((3, 5), (data.Of(2, 0, end).Sum(0), data.Of(2, 1, end).Sum(0)));
        Assert.Equal(7, data.Caps[3]); // of 0, 7, 12
        Assert.Equal((7, 7), (data.Of(3, 0, end).Sum(0), data.Of(3, 1, end).Sum(0)));
    }

    [Fact]
    public void A_column_for_each_metric_needs_no_times()
    {
        var (experiment, data) = Read("user,variant\na,A\nb,B\nc,B\n",
            "user,bought,spent,spent_pre,note\na,1,10,4,x\nb,0,0,0,y\nc,1,5,1,z\n");
        Assert.Equal(["A", "B"], experiment.Arms.Select(arm => arm.Name)); // A is control
        Assert.Equal([("bought", OnlineMetricKind.Proportion), ("spent", OnlineMetricKind.Mean)], experiment.Metrics.Select(m => (m.Name,
            m.Kind)));
        Assert.False(data.HasTimes);
        Assert.Equal((10, 4), (data.Of(1, 0, 0).Sum(0), data.Of(1, 0, 0).Sum(2)));
        Assert.Equal((5, 1), (data.Of(1, 1, 0).Sum(0), data.Of(1, 1, 0).Sum(2)));
        Assert.Contains(data.Notes, note => note.Contains("note", StringComparison.Ordinal));
    }

    /// <summary>b's spending is not known: of three new units two count, as their mean says. d has no row: it did nothing.</summary>
    [Theory]
    [InlineData("NA")]
    [InlineData("")]
    public void A_missing_value_is_left_out_and_said(string nothing)
    {
        const string Shown = "user,variant\na,control\ne,control\nb,new\nc,new\nd,new\n";
        string done = $"user,visits,spent\na,1,10\nb,1,{nothing}\nc,1,4\ne,1,8\n";
        var (_, data) = Read(Shown, done, Any with
        {
            Metrics =
            [
                new("spent"), new("visits"), new("capped") { Source = "spent", CapQuantile = .5 },
                new("rate") { Kind = OnlineMetricKind.Ratio, Source = "spent", Denominator = "visits" },
                new("rows") { Source = "count:spent" },
            ],
        });
        Assert.Equal((2, 4, 3, 3), (data.Of(0, 1, 0).Count, data.Of(0, 1, 0).Sum(0), data.Of(1, 1, 0).Count, data.Of(4, 1, 0).Count));
        Assert.Equal((2, 18), (data.Of(0, 0, 0).Count, data.Of(0, 0, 0).Sum(0)));
        Assert.Equal(6, data.Caps[2]); // of 0, 4, 8, 10
        Assert.Equal((4, 1), (data.Of(3, 1, 0).Sum(0), data.Of(3, 1, 0).Sum(1)));
        Assert.Equal([2, 3], data.UnitsUpTo(0)); // all were dealt
        Assert.Contains(data.Notes, note => note.Contains("1 of 4 rows have no value in spent", StringComparison.Ordinal));
        Assert.DoesNotContain(data.Notes, note => note.Contains("in visits", StringComparison.Ordinal));
    }

    /// <summary>a has values on one of two days, b on none since its exposure, c no row since then.</summary>
    [Fact]
    public void With_times_a_unit_is_left_out_that_has_rows_without_values_alone()
    {
        var (_, data) = Read("user,arm,time\na,control,2026-01-05 10:00\nb,new,2026-01-05 10:00\nc,new,2026-01-05 10:00\n",
            "user,time,spent\na,2026-01-05 11:00,NA\na,2026-01-06 11:00,3\nb,2026-01-04 11:00,9\nb,2026-01-05 11:00,\n"
                + "c,2026-01-04 11:00,7\n", Any with { Metrics = [new("spent")] });
        int end = data.Days - 1;
        Assert.Equal((1, 3), (data.Of(0, 0, end).Count, data.Of(0, 0, end).Sum(0)));
        Assert.Equal((1, 0, 7), (data.Of(0, 1, end).Count, data.Of(0, 1, end).Sum(0), data.Of(0, 1, end).Sum(2)));
        Assert.Contains(data.Notes, note => note.Contains("2 of 5 rows have no value in spent", StringComparison.Ordinal));
    }

    [Fact]
    public void Events_of_which_some_have_no_value_are_named()
    {
        var (_, data) = Read("user,arm\na,control\nb,new\n", "user,event,value\na,buy,3\na,buy,NA\nb,click,\nb,buy,2\n",
            Any with { Metrics = [new("buy"), new("click")] });
        Assert.Contains(data.Notes, note => note.Contains("1 of 3 rows of 'buy' have no value and add nothing", StringComparison.Ordinal));
        Assert.Equal((3, 2), (data.Of(0, 0, 0).Sum(0), data.Of(0, 1, 0).Sum(0)));
        Assert.Equal(1, data.Of(1, 1, 0).Sum(0)); // no click has a value: each counts 1
        Assert.DoesNotContain(data.Notes, note => note.Contains("'click'", StringComparison.Ordinal));
    }

    [Fact]
    public void Arms_that_differ_by_case_and_space_are_one()
    {
        const string Shown = "user,Variante\na,control\nb,Control \nc,new\nd,control\ne,NEW\n",
            Done = "user,spent\na,1\nb,2\nc,3\nd,4\ne,5\n";
        var (experiment, data) = Read(Shown, Done);
        Assert.Equal(["control", "NEW"], experiment.Arms.Select(arm => arm.Name)); // NEW and new are as frequent
        Assert.Equal([3, 2], data.UnitsUpTo(0));
        Assert.Contains(data.Notes, note => note.Contains("arms Control, control differ only by case", StringComparison.Ordinal));
        var named = Read(Shown, Done, Any with { Arms = [new("control"), new("new")] });
        Assert.Equal([3, 2], named.Data.UnitsUpTo(0));
    }

    /// <summary>pandas makes 1.0 of 1 in a column where an id is missing.</summary>
    [Fact]
    public void Ids_that_a_program_wrote_with_a_fraction_are_read_as_import_reads_them()
    {
        var (_, data) = Read("user,arm\n1,control\n2,new\n10,new\n", "user,spent\n1.0,3\n2.0,4\n10.0,5\n",
            Any with { Metrics = [new("spent")] });
        Assert.Equal((3, 9), (data.Of(0, 0, 0).Sum(0), data.Of(0, 1, 0).Sum(0)));
        Assert.Contains(data.Notes, note => note.Contains("written as 7000.0", StringComparison.Ordinal));
    }

    [Fact]
    public void A_history_is_read_as_if_all_were_control()
    {
        string history = string.Concat(Enumerable.Range(0, 40).Select(day =>
            $"u{day % 5},{new DateTime(2026, 1, 1).AddDays(day):yyyy-MM-dd},click,1\n"));
        var (_, data) = ExperimentFiles.ReadHistory(File("history.csv", "user_id,time,event,value\n" + history),
            new() { Name = "plan", Metrics = [new("click")] }, new(), 14, TestContext.Current.CancellationToken);
        Assert.Equal([5, 0], data.UnitsUpTo(data.Days - 1));
        Assert.InRange(data.Of(0, 0, data.Days - 1).Sum(0), 14, 15);
        Assert.True(data.Of(0, 0, data.Days - 1).Sum(2) > 0);
    }

    [Fact]
    public void Parquet_of_other_tools_is_read()
    {
        using var engine = new DuckDbSession(DraftFolder.Temporary(), TestContext.Current.CancellationToken);
        string shown = Path.Combine(_folder, "shown.parquet"), done = Path.Combine(_folder, "done.parquet");
        engine.Execute($"""
            COPY (SELECT 7000000000 + i AS user_id, TIMESTAMP '2026-01-05 10:00:00' AS timestamp, i % 2 AS variation_id FROM range(10) r(i))
            TO {Sql.Literal(shown)} (FORMAT parquet)
            """);
        engine.Execute($"""
            COPY (SELECT 7000000000 + i AS user_id, TIMESTAMPTZ '2026-01-05 11:00:00+00' AS at_time, 0.1::DOUBLE AS spent, i = 3 AS bought
                  FROM range(10) r(i))
            TO {Sql.Literal(done)} (FORMAT parquet)
            """);
        var (experiment, data) = ExperimentFiles.Read(shown, done, Any, new(Time: "at_time"), TestContext.Current.CancellationToken);
        Assert.Equal(["spent", "bought"], experiment.Metrics.Select(metric => metric.Name));
        Assert.True(data.HasTimes);
        Assert.Equal(.5, data.Of(0, 1, 0).Sum(0), 1e-12); // doubles stay doubles
        Assert.Equal((0, 1), (data.Of(1, 0, 0).Sum(0), data.Of(1, 1, 0).Sum(0)));
    }

    [Theory]
    [InlineData("1736071200")] // seconds
    [InlineData("1736071200000")] // milliseconds
    [InlineData("1736071200000000")]
    [InlineData("2025-01-05T10:00:00Z")]
    [InlineData("2025-01-05T11:00:00+01:00")]
    [InlineData("2025-01-05 10:00:00.000 UTC")]
    [InlineData("05.01.2025 10:00:00")]
    [InlineData("01/05/2025 10:00:00 AM")]
    [InlineData("Jan 5, 2025, 10:00:00 AM")]
    public void Times_of_all_kinds_are_one_moment(string time)
    {
        string unambiguous = time.Contains('/') ? "01/25/2025 10:00:00 AM" : time.Contains("05.") ? "25.01.2025 10:00:00" : time;
        var (_, data) = Read($"user;arm;time\na;control;{time}\nb;new;{unambiguous}\n",
            "user;date;event;value\na;2025-01-05 09:59:59;click;1\na;2025-01-05 10:00:00;click;2\n");
        Assert.Equal(new DateTimeOffset(2025, 1, 5, 0, 0, 0, TimeSpan.Zero), data.Start);
        Assert.Equal((2, 1), (data.Of(0, 0, 0).Sum(0), data.Of(0, 0, 0).Sum(2)));
    }

    /// <summary>An event of a date, at midnight, would lie before the exposure at ten.</summary>
    [Fact]
    public void Events_with_dates_alone_count_on_the_day_of_the_exposure()
    {
        var (_, data) = Read("user,arm,time\na,control,2026-01-05 10:00:00\nb,new,2026-01-05 10:00:00\n",
            "user,date,event,value\na,2026-01-05,buy,3\na,2026-01-04,buy,1\nb,2026-01-06,buy,5\n");
        Assert.Equal((3, 1), (data.Of(0, 0, 1).Sum(0), data.Of(0, 0, 1).Sum(2)));
        Assert.Contains(data.Notes, note => note.StartsWith("The metrics have dates without", StringComparison.Ordinal));
    }

    [Fact]
    public void A_column_with_words_among_its_numbers_is_refused_where_it_is_asked_for()
    {
        const string Metrics = "user,spent,visits\na,1,2\nb,abc,3\n";
        var (experiment, data) = Read("user,arm\na,control\nb,new\n", Metrics);
        Assert.Equal(["visits"], experiment.Metrics.Select(metric => metric.Name));
        Assert.Contains(data.Notes, note => note.Contains("no metrics: spent", StringComparison.Ordinal));
        Assert.Contains("other than numbers in it", Assert.Throws<InputException>(() =>
            Read("user,arm\na,control\nb,new\n", Metrics, Any with { Metrics = [new("spent")] })).Message);
    }

    /// <summary>Of the strata of a column, those of 20 values are their own, the others one together.</summary>
    [Fact]
    public void Units_are_compared_within_the_values_of_a_column()
    {
        string exposures = "user,arm,country\n" + string.Concat(Enumerable.Range(0, 600).Select(n =>
            $"u{n},{(n % 2 == 0 ? "control" : "new")},{(n % 6 < 2 ? "rich" : "poor")}\n"));
        string metrics = "user,spent\n" + string.Concat(Enumerable.Range(0, 600).Select(n =>
            $"u{n},{(n % 6 < 2 ? 100 : 1) + (n % 2) + (n % 7 * .01)}\n"));
        var experiment = Any with { Design = new() { Kind = DesignKind.FixedHorizon, UsesBefore = false } };
        var read = ExperimentFiles.Read(File("exposures.csv", exposures), File("metrics.csv", metrics), experiment,
            new() { Stratum = "country" }, TestContext.Current.CancellationToken);
        Assert.Equal(2, read.Data.Strata);
        var result = Assert.Single(ExperimentAnalysis.Read(read.Experiment, read.Data, DateTimeOffset.UnixEpoch).Results);
        Assert.InRange(result.Effect!.Difference, .99, 1.01);
        Assert.True(result.Effect.VarianceReduction > .99, $"{result.Effect.VarianceReduction}");
    }

    [Theory]
    [InlineData("revenue", "quantity")]
    [InlineData("order_value", "qty")]
    [InlineData("Umsatz", "Menge")]
    public void Money_is_the_value_of_an_event_before_how_many_were_bought(string money, string count)
    {
        const string Shown = "user,arm\na,control\nb,new\n";
        string done = $"user,event,{count},{money}\na,buy,1,30\nb,buy,2,50\n";
        var (_, data) = Read(Shown, done, Any with { Metrics = [new("buy")] });
        Assert.Equal((30, 50), (data.Of(0, 0, 0).Sum(0), data.Of(0, 1, 0).Sum(0)));
        Assert.Contains(data.Notes, note => note.Contains(
            $"an event's value is its {money}. If it is {count} instead, say so with --value COLUMN", StringComparison.Ordinal));
        var named = ExperimentFiles.Read(File("exposures.csv", Shown), File("metrics.csv", done), Any with { Metrics = [new("buy")] },
            new() { Value = count }, TestContext.Current.CancellationToken);
        Assert.Equal((1, 2), (named.Data.Of(0, 0, 0).Sum(0), named.Data.Of(0, 1, 0).Sum(0)));
    }

    [Theory]
    [InlineData("start,end"), InlineData("start_date,end_date"), InlineData("first_seen,last_seen")]
    public void When_a_unit_began_is_the_time_of_its_exposure(string times)
    {
        var (_, data) = Read($"user,arm,{times}\na,control,2026-01-05,2026-01-09\nb,new,2026-01-05,2026-01-09\n",
            "user,time,event,value\na,2026-01-04 10:00,buy,7\na,2026-01-06 10:00,buy,3\n", Any with { Metrics = [new("buy")] });
        Assert.Equal((3, 7), (data.Of(0, 0, data.Days - 1).Sum(0), data.Of(0, 0, data.Days - 1).Sum(2)));
    }

    /// <summary>Sums of periods: which end of a period says when, nobody can guess.</summary>
    [Theory]
    [InlineData("start_date,end_date", "2026-01-05,2026-01-11", "start_date and end_date hold times")]
    [InlineData("week_of,size", "05.01.2026,4", "week_of holds times")]
    [InlineData("valid,size", "03/04/2026,4", "valid holds times")]
    public void Times_that_are_not_used_are_named(string columns, string cells, string says)
    {
        var (_, data) = Read("user,variant,time\na,A,2026-01-05\nb,B,2026-01-06\n", $"user,spent,{columns}\na,1,{cells}\nb,2,{cells}\n");
        Assert.False(data.HasTimes);
        Assert.Contains(data.Notes, note => note.Contains($"{says}: say with --time COLUMN", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("size,note", "12.5,long"), InlineData("days,price", "20260105,\"1,234.50\""), InlineData("version,spent2", "1.2.3.4,4")]
    public void What_is_no_time_is_not_named(string columns, string cells)
    {
        var (_, data) = Read("user,variant\na,A\nb,B\n", $"user,spent,{columns}\na,1,{cells}\nb,2,{cells}\n");
        Assert.DoesNotContain(data.Notes, note => note.Contains("--time", StringComparison.Ordinal));
    }

    /// <summary>d is exposed and b's second click happens after the two days that are planned.</summary>
    [Theory]
    [InlineData(DesignKind.FixedHorizon, 2, 5, 1), InlineData(DesignKind.AlwaysValid, 16, 12, 2)]
    public void What_comes_after_a_planned_end_does_not_count(DesignKind kind, int days, int clicks, int units)
    {
        var (_, data) = Read(Exposures, Events, Any with { Metrics = [new("click")], Design = new() { Kind = kind, Days = 2 } });
        Assert.Equal((days, clicks), (data.Days, data.Of(0, 1, data.Days - 1).Sum(0)));
        Assert.Equal(units, data.UnitsUpTo(data.Days - 1)[1]);
        Assert.Equal(kind == DesignKind.FixedHorizon, data.Notes.Any(note => note.Contains(
            "2 days are planned: later exposures (1) and rows (2) do not count", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("user,time\na,1\n", Events, "no column of arms")]
    [InlineData("user,arm\na,x\nb,y\n", Events, "name control with --control")]
    [InlineData("user,arm\na,control\n", Events, "one arm alone")]
    [InlineData("user,arm\na,control\nb,\n", Events, "no arm")]
    [InlineData("user,arm,time\na,control,2026-01-01\nb,new,soon\n", Events, "no time that can be read")]
    [InlineData("user,arm,time\na,control,2026-01-01 10:00\nb,new,2026-01-02 11:00 GMT+2\n", Events,
        "such as 2026-01-02 11:00 GMT+2. Write all times in one form, such as 2026-01-31T18:30:00Z, an offset as +02:00")]
    [InlineData(Exposures, "user,time,event\na,2026-01-01,click\nb,2026-01-02,click\na,3. Januar,click\n", "such as 3. Januar. Write")]
    [InlineData("user,arm\nq,control\nr,new\n", Events, "No unit of")]
    [InlineData("user,arm\nq,control\nr,new\n", Events, "They are user of")]
    [InlineData("user,arm,wann\na,control,2026-01-05\nb,new,2026-01-05\n", Events,
        "Name its column of times with --time COLUMN: it has user,")]
    [InlineData(Exposures, "user,time,event\na,2026-01-01,click\na,3. Januar,click\n",
        "1 row has no time that can be read (column time, row 2)")]
    [InlineData(Exposures, "user,time,event,value\na,2026-01-06,buy,\"1,426\"\n", "say which with --decimal")]
    [InlineData(Exposures, "user,time,event,value\na,2026-01-06,buy,$5\nb,2026-01-06,buy,€5\n", "in several currencies, $ and €")]
    [InlineData(Exposures, "user,time,event,value\na,2026-01-06,buy,5 $\nb,2026-01-06,buy,5 €\n", "in several currencies, $ and €")]
    [InlineData(Exposures, "user,event,value\na,click,many\n", "a value that is no number")]
    [InlineData(Exposures, "user,time\na,2026-01-01\n", "no column of a metric")]
    public void What_cannot_be_used_is_refused_in_a_sentence(string exposures, string metrics, string says) =>
        Assert.Contains(says, Assert.Throws<InputException>(() => Read(exposures, metrics)).Message);

    [Fact]
    public void A_metric_that_is_not_in_the_file_is_refused_with_those_that_are() => Assert.Contains("'klick'",
        Assert.Throws<InputException>(() => Read(Exposures, Events, Any with { Metrics = [new("klick")] })).Message);
}
