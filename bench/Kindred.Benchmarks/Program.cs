using Kindred.Benchmarks;

switch (args.FirstOrDefault())
{
    case "kernels": KernelBenchmark.Run(); break;
    default: Console.Error.WriteLine("usage: kernels"); return 2;
}
return 0;
