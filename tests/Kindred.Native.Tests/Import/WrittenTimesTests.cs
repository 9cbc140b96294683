using System.Globalization;
using Kindred.Import;

namespace Kindred.Native.Tests.Import;

/// <summary>Times as people and programs write them.</summary>
public sealed class WrittenTimesTests : IDisposable
{
    private static readonly DateTime First = new(2023, 1, 13, 4, 6, 9);

    private readonly ImportSandbox _box = new();

    public void Dispose() => _box.Dispose();

    [Theory]
    [InlineData("yyyyMMddHH", 3600)]
    [InlineData("yyyyMMddHHmmssfff", 1)]
    [InlineData("yyyyMMdd-HHmmss", 1)]
    [InlineData("yyyyMMdd_HHmmss", 1)]
    [InlineData("ddMMyyyy", 86_400)]
    [InlineData("MMddyyyy", 86_400)]
    [InlineData("dd MM yyyy", 86_400)]
    [InlineData("dd-MMM-yy hh.mm.ss.000000 tt", 1)]
    [InlineData("ddd dd/MM/yyyy HH:mm", 60)]
    [InlineData("dd.MM.yyyy HH:mm 'Uhr'", 60)]
    [InlineData("dd/MM/yyyy HH'h'mm", 60)]
    [InlineData("MM/dd/yyyy hh:mmtt", 60)]
    [InlineData("MMMM d, yyyy 'at' hh:mm tt", 60)]
    [InlineData("MM dd, yyyy", 86_400)]
    [InlineData("MMM. d, yyyy", 86_400)]
    [InlineData("MMM dd yyyy hh:mmtt", 60)]
    [InlineData("MMMM d'th', yyyy", 86_400)]
    [InlineData("ddd MMM dd yyyy HH:mm:ss 'GMT+0000 (Coordinated Universal Time)'", 1)]
    [InlineData("yyyy-MM-dd HH:mm:ss,fff", 1)]
    [InlineData("yyyy'年'MM'月'dd'日' HH:mm:ss", 1)]
    [InlineData("d MMM \\'yy", 86_400)]
    [InlineData("'Mittwoch,' d. MMMM yyyy", 86_400, "Januar Februar März April Mai Juni Juli August September Oktober November Dezember")]
    [InlineData("'Mi.,' d. MMMM yyyy HH:mm 'Uhr'", 60, "Januar Februar März April Mai Juni Juli August September Oktober November "
        + "Dezember")]
    [InlineData("d MMMM yyyy 'à' HH'h'mm", 60, "janvier février mars avril mai juin juillet août septembre octobre novembre décembre")]
    [InlineData("d 'de' MMMM 'de' yyyy", 86_400, "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
        + "diciembre")]
    [InlineData("d MMMM yyyy", 86_400, "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre")]
    [InlineData("d MMMM yyyy", 86_400, "januari februari maart april mei juni juli augustus september oktober november december")]
    [InlineData("d MMMM yyyy", 86_400, "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada "
        + "grudnia")]
    [InlineData("d 'de' MMMM 'de' yyyy", 86_400, "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro "
        + "dezembro")]
    public void They_are_read_as_they_are_meant(string format, int seconds, string months = "")
    {
        var summary = _box.Import(Write(time => [time.ToString(format, CultureOf(months))], "timestamp"));
        Assert.Equal(Meant(seconds), Read());
        Assert.Empty(summary.Warnings);
    }

    [Theory]
    [InlineData("Fecha", "Hora", "dd/MM/yyyy", "HH:mm:ss", 1)]
    [InlineData("Date", "Heure", "dd/MM/yyyy", "HH:mm", 60)]
    [InlineData("date", "clock", "yyyy-MM-dd", "HH:mm:ss", 1)]
    [InlineData("date", "hour", "yyyy-MM-dd", "%H", 3600)]
    [InlineData("date", "time", "yyyyMMdd", "Hmmss", 1)]
    [InlineData("date", "time", "yyyy-MM-dd", "HHmm", 60)]
    [InlineData("Date", "Time", "yyyy-MM-dd 00:00:00", "HH:mm:ss", 1)]
    public void Date_and_time_of_the_day_may_be_two_columns(string date, string clock, string ofDate, string ofClock, int seconds)
    {
        string Text(DateTime time, string format) => time.ToString(format, CultureInfo.InvariantCulture);
        var summary = _box.Import(Write(time => [Text(time, ofDate), Text(time, ofClock)], date, clock));
        Assert.Equal(Meant(seconds), Read());
        Assert.Empty(summary.Warnings);
    }

    [Fact]
    public void The_part_of_the_day_may_be_a_column()
    {
        _box.Import(Write(time =>
            [$"{time:yyyy-MM-dd}", time.TimeOfDay.TotalDays.ToString("0.00000000", CultureInfo.InvariantCulture)], "Date", "Time"));
        Assert.Equal(Meant(1), Read());
    }

    [Theory]
    [InlineData("0.0000000000", ';')]
    [InlineData("#,0", ',')]
    public void Numbers_may_be_written_as_in_other_countries(string format, char separator)
    {
        string Text(DateTime time) => separator == ';'
            ? time.ToOADate().ToString(format, CultureInfo.InvariantCulture).Replace('.', ',')
            : new DateTimeOffset(time, TimeSpan.Zero).ToUnixTimeSeconds().ToString(format, CultureInfo.InvariantCulture);
        _box.Import(_box.Write("events.csv", $"user{separator}item{separator}time\n"
            + string.Concat(Times.Select((t, n) => $"u{n % 13}{separator}i{n % 5}{separator}\"{Text(t)}\"\n"))));
        Assert.Equal(Meant(1), Read());
    }

    [Theory]
    [InlineData("yyMMdd", "--time-format %y%m%d would make 230113 2023-01-13")]
    [InlineData("ddMMyy", "--time-format %d%m%y would make 130123 2023-01-13")]
    public void What_six_digits_mean_is_asked(string format, string hint) => Assert.Contains(hint, Assert.Single(
        _box.Import(Write(time => [(time == First ? time : time.AddDays(1 - time.Day)).ToString(format, CultureInfo.InvariantCulture)],
            "date"))
            .Warnings), StringComparison.Ordinal);

    [Fact]
    public void Seconds_since_2001_are_called_so() => Assert.Contains("before 1996, the last in 1992", Assert.Single(
        _box.Import(Write(t => [$"{new DateTimeOffset(t, TimeSpan.Zero).ToUnixTimeSeconds() - 978_307_200}"], "time")).Warnings),
        StringComparison.Ordinal);

    [Fact]
    public void A_time_in_the_future_names_the_option() => Assert.Contains("--time-format says how times are written",
        _box.Refusal(Write(time => [$"{time.ToFileTimeUtc() / 10}"], "time")), StringComparison.Ordinal);

    /// <param name="months">Their names, separated by spaces; empty: English ones.</param>
    private static CultureInfo CultureOf(string months)
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        if (months.Length > 0) culture.DateTimeFormat.MonthNames = culture.DateTimeFormat.MonthGenitiveNames = [.. months.Split(' '), ""];
        return culture;
    }

    private static IEnumerable<DateTime> Times => Enumerable.Range(0, 40).Select(n => First.AddDays(n * 6).AddMinutes(n * 37));

    /// <returns>Times to the second, or as the numbered seconds cut them.</returns>
    private static List<long> Meant(int seconds) =>
        [.. Times.Select(t => new DateTimeOffset(t, TimeSpan.Zero).ToUnixTimeSeconds() / seconds * seconds).Order()];

    private List<long> Read() => [.. _box.Result.Interactions.Histories.Times.ToArray().Order()];

    private string Write(Func<DateTime, string[]> cells, params string[] columns) => _box.Write("events.tsv",
        $"user\titem\t{string.Join('\t', columns)}\n"
        + string.Concat(Times.Select((t, n) => $"u{n % 13}\ti{n % 5}\t{string.Join('\t', cells(t))}\n")));
}
