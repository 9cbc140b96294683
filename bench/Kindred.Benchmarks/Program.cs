using Kindred.Benchmarks;

switch (args)
{
    case ["import", .. var rest]:
        return ImportBenchmark.Run(rest);
    default:
        Console.Error.WriteLine("usage: Kindred.Benchmarks import [ROWS]");
        return 2;
}
