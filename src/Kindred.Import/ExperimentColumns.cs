namespace Kindred.Import;

/// <summary>Which columns of exposures and metrics are what; null: found by their usual names, or absent.</summary>
/// <param name="Unit">Of users or sessions, as is <paramref name="Time"/> in both files.</param>
internal sealed record ExperimentColumns(
    string? Unit = null, string? Arm = null, string? Time = null, string? Event = null, string? Value = null)
{
    private static readonly string[] UnitNames = ["unit", "unitid", "subject", "subjectid", "subjectkey", .. ColumnNames.Users];

    private static readonly string[] ArmNames = OfStems("arm", "variant", "variante", "variation", "group", "treatment", "testgroup",
        "experimentgroup", "experimentvariant", "experimentarm", "treatmentgroup", "cell", "branch", "bucket", "featureflagresponse");

    private static readonly string[] ExperimentNames =
        OfStems("experiment", "test", "flag", "feature", "featureflag", "abtest", "experimentation");

    private static readonly string[] EventNames = ["metric", "metricname", "metrickey", "metricid", .. ColumnNames.Events];

    /// <summary>A value that is named so, then money, then how many or how much.</summary>
    private static readonly string[] ValueNames =
    [
        "value", "metricvalue", "eventvalue", "revenue", "netrevenue", "grossrevenue", "umsatz", "nettoumsatz", "bruttoumsatz", "erlös",
        "sales", "turnover", "gmv", "ordervalue", "purchasevalue", "transactionvalue", "basketvalue", "cartvalue", "bestellwert",
        "warenwert", "orderamount", "purchaseamount", "transactionamount", "totalamount", "amount", "betrag", "ordertotal", "total",
        "spend", "spent", "paid", "ingresos", "importe", "ricavo", "montant", "price", "preis", "precio", "prix", "prezzo", "sum",
        .. ColumnNames.Weights, .. ColumnNames.Ratings,
    ];

    /// <summary>Of exposures alone: what events have of this kind may be something else.</summary>
    private static readonly string[] ExposureTimes =
    [
        "exposuretime", "exposuredate", "exposuretimestamp", "exposedat", "exposedon", "firstexposure", "firstexposureat",
        "firstexposuretime", "assignedat", "assignmenttime", "assignmentdate", "enrolledat", "enrolmentdate", "enrollmentdate", "enteredat",
        .. ColumnNames.Times, "start", "startdate", "startat", "startedat", "startts", "starttimestamp", "firstseen", "firstseenat",
        "firsttime", "firstdate", "firstvisit", "begin", "begindate", "begintime", "beginn", "von", "from", "joinedat", "joindate",
    ];

    /// <summary>Columns of the exposures by which results are broken down.</summary>
    public IReadOnlyList<string> Segments { get; init; } = [];

    /// <summary>A column of the exposures within whose values arms are compared.</summary>
    public string? Stratum { get; init; }

    /// <summary>The experiment whose exposures count, where a file holds those of several.</summary>
    public string? Experiment { get; init; }

    public CellForms Forms { get; init; } = new();

    /// <summary>Names that make a first line a header.</summary>
    public IReadOnlyList<string> Expected =>
        [.. Given, .. Segments, "user_id", "session_id", "arm", "variant", "variation", "variation_id", "metric", "value"];

    private IEnumerable<string> Given => new[] { Unit, Arm, Time, Event, Value, Stratum }.OfType<string>();

    /// <exception cref="InputException">There is none.</exception>
    public int UnitOf(TextTable table) => Of(table, Unit, UnitNames, []) ?? throw new InputException(
        $"{table.Path} has no column of users or sessions; name it with --user COLUMN: it has {table.Names}.");

    /// <exception cref="InputException">There is none.</exception>
    public int ArmOf(TextTable table, int unit) => Of(table, Arm, ArmNames, [unit]) ?? throw new InputException(
        $"{table.Path} has no column of arms; name it with --arm COLUMN: it has {table.Names}.");

    public int? TimeOf(TextTable table, params int?[] others) => Of(table, Time, ColumnNames.Times, others);

    /// <summary>When units saw their arm.</summary>
    public int? ExposureTimeOf(TextTable table, params int?[] others) => Of(table, Time, ExposureTimes, others);

    public int? EventOf(TextTable table, params int?[] others) => Of(table, Event, EventNames, others);

    public int? ValueOf(TextTable table, params int?[] others) => Of(table, Value, ValueNames, others);

    /// <returns>Names of the other columns that could hold values, too.</returns>
    public IReadOnlyList<string> OtherValues(TextTable table, int chosen, int?[] others)
    {
        if (Value is not null) return [];
        var found = new List<int> { chosen };
        while (table.Find(ValueNames, column => !others.Contains(column) && !found.Contains(column)) is { } next) found.Add(next);
        return [.. found.Skip(1).Select(column => table.Columns[column])];
    }

    public static int? ExperimentOf(TextTable table, params int?[] others) => Of(table, null, ExperimentNames, others);

    /// <exception cref="InputException">No file has a column that a person named.</exception>
    public void CheckIn(params TextTable[] tables)
    {
        foreach (string name in Given)
            if (tables.All(table => table.WithName(name) is null))
                throw new InputException($"There is no column '{name}' in {string.Join(" or ", tables.Select(table =>
                    $"{table.Path}, which has {table.Names}"))}.");
    }

    private static int? Of(TextTable table, string? given, IReadOnlyList<string> usual, int?[] others) =>
        given is not null && table.WithName(given) is { } named ? named
        : table.Find(usual, column => !others.Contains(column));

    private static string[] OfStems(params string[] stems) =>
        [.. ((string[])["", "id", "key", "name", "no", "number", "index"]).SelectMany(suffix => stems.Select(stem => stem + suffix))];
}
