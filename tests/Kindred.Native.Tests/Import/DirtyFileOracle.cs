using System.Globalization;

namespace Kindred.Native.Tests.Import;

/// <summary>What an import of a CSV file (user, item, value, time, with a header) must find, written down as plainly as possible.</summary>
internal sealed record DirtyFileOracle(RowCounts Rows, IReadOnlyList<string> Events, IReadOnlyList<long> InvalidLines)
{
    private sealed record Event(string User, string Item, float Value, long Time);

    public static DirtyFileOracle Read(string text, bool ratings)
    {
        var valid = new List<Event>();
        var invalid = new List<long>();
        int read = 0;
        var lines = text.Split('\n');
        for (int n = 1; n < lines.Length; n++) // line 1 is the header
        {
            if (lines[n].Trim().Length == 0) continue;
            read++;
            int line = n + 1;
            // A quoted field may go on in the following lines; if it never ends well, only its first line is lost.
            var (fields, used) = Record(lines, n);
            if (fields is { Count: 4 } && Judge(fields, ratings) is { } row) valid.Add(row);
            else invalid.Add(line);
            n += used;
        }
        var kept = ratings
            ? valid.Select((e, n) => (e, n)).GroupBy(e => (e.e.User, e.e.Item))
                .Select(g => g.OrderBy(e => e.e.Time).ThenBy(e => e.n).Last().e)
            : valid.GroupBy(e => (e.User, e.Item, e.Time))
                .Select(g => g.First() with { Value = g.Aggregate(0f, (sum, e) => sum + e.Value) });
        var events = kept.Select(e => $"{e.User} {e.Item} {e.Value} {e.Time}").ToList();
        return new(new(read, events.Count, valid.Count - events.Count, invalid.Count, 0), events, invalid);
    }

    private static (List<string>? Fields, int MoreLines) Record(string[] lines, int first)
    {
        string rest = string.Join('\n', lines[first..]);
        var fields = new List<string>();
        int position = 0, more = 0;
        while (true)
        {
            if (position < rest.Length && rest[position] == '"')
            {
                int close = rest.IndexOf('"', position + 1); // the generated files hold no doubled quotes by intention, but two may meet
                var field = new System.Text.StringBuilder();
                int from = position + 1;
                while (close >= 0 && close + 1 < rest.Length && rest[close + 1] == '"')
                {
                    field.Append(rest, from, close + 1 - from);
                    from = close + 2;
                    close = rest.IndexOf('"', from);
                }
                if (close < 0) return (null, 0);
                field.Append(rest, from, close - from);
                string after = rest[(close + 1)..];
                if (!(after.Length == 0 || after[0] is ',' or '\n' || after.StartsWith("\r\n", StringComparison.Ordinal))) return (null, 0);
                more += rest[position..close].Count(c => c == '\n');
                fields.Add(field.ToString());
                position = close + 1;
            }
            else
            {
                int end = rest.IndexOfAny([',', '\n'], position);
                if (end < 0) end = rest.Length;
                fields.Add(rest[position..end].TrimEnd('\r'));
                position = end;
            }
            if (position < rest.Length && rest[position] == '\r') position++;
            if (position >= rest.Length || rest[position] == '\n') return (fields, more);
            position++;
        }
    }

    private static Event? Judge(List<string> fields, bool ratings)
    {
        string user = fields[0].Trim(), item = fields[1].Trim();
        if (user.Length == 0 || item.Length == 0) return null;
        if (!float.TryParse(fields[2], CultureInfo.InvariantCulture, out float value) || !float.IsFinite(value)
            || (value <= 0 && !ratings)) return null;
        long time;
        if (double.TryParse(fields[3], CultureInfo.InvariantCulture, out double number))
            time = (long)Math.Floor(Math.Abs(number) >= 1e11 ? number / 1e3 : number);
        else if (DateTimeOffset.TryParse(fields[3], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
            time = date.ToUnixTimeSeconds();
        else return null;
        return time < 0 || time > DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeSeconds() ? null : new(user, item, value, time);
    }
}
