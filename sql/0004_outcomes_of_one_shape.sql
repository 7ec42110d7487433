-- One shape of an answer, whatever the model, and the digest of the model that gave it. Until here
-- `probabilities` had four shapes: an object by class, {scores: ...}, an array of several outputs, and
-- {predictions: ..., probabilities: [...]}. What is stored moves over; see docs/outcomes.md.

alter table predictions
  add column model_digest text,
  add column outputs jsonb,
  add column scores jsonb;

-- Labels were keys, which are texts. Where the predicted label is a number, so are its fellows.
create function pg_temp.entries_of(by_class jsonb, output bigint, predicted jsonb) returns jsonb
language sql as $$
  select jsonb_agg(
    jsonb_build_object(
      'output', output,
      'label', case
        when jsonb_typeof(predicted) = 'number' and label ~ '^-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?$'
          then to_jsonb(label::numeric)
        when jsonb_typeof(predicted) = 'boolean' and label in ('true', 'false')
          then to_jsonb(label::boolean)
        else to_jsonb(label)
      end,
      'probability', probability)
    order by place)
  from jsonb_each(by_class) with ordinality as class (label, probability, place)
$$;

update predictions set
  outputs = case
    when jsonb_typeof(probabilities) = 'array' then probabilities
    when jsonb_typeof(probabilities -> 'predictions') = 'array' then probabilities -> 'predictions'
  end,
  scores = case
    when jsonb_typeof(probabilities -> 'scores') = 'object' then probabilities -> 'scores'
  end,
  probabilities = case
    when jsonb_typeof(probabilities) <> 'object' then null
    when jsonb_typeof(probabilities -> 'scores') = 'object' then null
    when jsonb_typeof(probabilities -> 'predictions') = 'array' then (
      select jsonb_agg(entry order by output, place)
      from jsonb_array_elements(probabilities -> 'probabilities') with ordinality as each (by_class, output)
        cross join lateral jsonb_array_elements(
          pg_temp.entries_of(by_class, output - 1, probabilities -> 'predictions' -> (output - 1)::int))
          with ordinality as entries (entry, place))
    else pg_temp.entries_of(probabilities, 0, coalesce(to_jsonb(prediction), to_jsonb(label)))
  end
where probabilities is not null;

drop function pg_temp.entries_of;
